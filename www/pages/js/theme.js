// The colour theme: the one of the system, or the one chosen here, which this browser remembers.
// Runs in <head> before the first paint; the switch itself is wired up once the page is parsed.
;(() => {
  const KEY = 'sse-fetch-theme'
  const THEMES = ['auto', 'light', 'dark']

  function remembered() {
    try {
      const theme = localStorage.getItem(KEY)
      return THEMES.includes(theme) ? theme : 'auto'
    } catch {
      return 'auto' // storage is off: the system decides
    }
  }

  function apply(theme) {
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }

  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // storage is off: the choice lasts as long as the page
    }
  }

  apply(remembered())

  document.addEventListener('DOMContentLoaded', () => {
    for (const radio of document.querySelectorAll('input[name="theme"]')) {
      radio.checked = radio.value === remembered()
      radio.addEventListener('change', () => {
        apply(radio.value)
        remember(radio.value)
      })
    }
  })
})()
