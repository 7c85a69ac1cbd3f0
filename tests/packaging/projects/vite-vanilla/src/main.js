// A page with several views, each in its own chunk.

const views = {
  '#entries': () => import('./entries.js'),
  '#slim': () => import('./slim.js'),
  '#unused': () => import('./unused.js'),
}

async function open() {
  const query = new URLSearchParams(location.search)
  const view = await views[location.hash]?.()
  view?.start?.(query.get('server'), query.get('wasm'))
}

addEventListener('hashchange', open)
open()
