// What the mastheads of all pages have in common: the name, links to other pages, and the switch for the colour theme.
// A classic script right after `<header class="masthead" data-pages="…">`: it adds these before the header is painted, and
// keeps what the header has of its own.
;(() => {
  const PAGES = {
    demo: ['Demo', '/', ''],
    react: ['React', '/react/', 'The same chat, made with React'],
    vue: ['Vue', '/vue/', 'The same chat, made with Vue'],
    bench: ['Benchmarks', '/bench.html', ''],
  }
  const THEMES = { auto: 'As the system', light: 'Light', dark: 'Dark' }

  const icon = (name, attributes = '') => `<svg ${attributes} aria-hidden="true"><use href="/icons.svg#${name}"/></svg>`

  const link = (name) => {
    const [text, address, title] = PAGES[name]
    return `<a class="page-link" href="${address}" data-testid="to-${name}" title="${title}">${text}</a>`
  }

  const choice = ([theme, title]) =>
    `<label title="${title}"><input type="radio" name="theme" value="${theme}" data-testid="theme-${theme}">${icon(theme)}<span class="unseen">${title}</span></label>`

  const header = document.currentScript.previousElementSibling
  const tools = header.querySelector('.masthead-tools') ?? document.createElement('div')
  tools.className = 'masthead-tools'
  tools.insertAdjacentHTML('afterbegin', header.dataset.pages.split(' ').map(link).join(''))
  tools.insertAdjacentHTML(
    'beforeend',
    `
    <fieldset class="segmented" data-testid="theme">
      <legend class="unseen">Colour theme</legend>
      ${Object.entries(THEMES).map(choice).join('')}
    </fieldset>`,
  )
  header.prepend(tools)
  header.insertAdjacentHTML(
    'afterbegin',
    `
    <div class="brand">
      ${icon('mark', 'class="mark"')}
      <h1>sse-fetch</h1>
      <p>Event streams that come back where they left off</p>
    </div>`,
  )
})()
