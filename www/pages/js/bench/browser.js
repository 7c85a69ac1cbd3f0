// What this browser is called: for a sentence, not for a decision.

const ENGINES = [
  [/Firefox\/(\d+)/, 'Firefox (Gecko)'],
  [/Edg\/(\d+)/, 'Edge (Chromium)'],
  [/Chrome\/(\d+)/, 'Chromium'],
  [/Version\/([\d.]+).*Safari/, 'WebKit'],
]

/** `Chromium 156`. */
export function browserName(userAgent = navigator.userAgent) {
  for (const [pattern, name] of ENGINES) {
    const match = pattern.exec(userAgent)
    if (match) return `${name} ${match[1]}`
  }
  return 'this browser'
}
