// What the application around the snippet provides: where to connect, a token, and a place to show what arrives.
// A classic script, so that the snippet sees these names as an application's own module would.

const parameters = new URLSearchParams(location.search)
const url = parameters.get('url') ?? '/api/chat/stream'
const maxReconnects = Number(parameters.get('max') ?? 5)

/** More than this is not kept on the page. */
const MOST_SHOWN = 1000

let arrived = 0

async function getToken() {
  const response = await fetch('/api/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'demo', password: 'demo' }),
  })
  if (!response.ok) throw new Error(`The server refused to sign in: ${response.status}.`)
  return (await response.json()).accessToken
}

/** One line per event: its type, whether its data was parsed or stayed text, and the data. */
function show(type, data) {
  const list = document.querySelector('[data-testid="snippet-arrived"]')
  const item = document.createElement('li')
  item.dataset.testid = 'snippet-event'
  item.dataset.type = type
  item.dataset.parsed = String(typeof data === 'object')
  const name = document.createElement('span')
  name.textContent = type
  const value = document.createElement('code')
  value.textContent = typeof data === 'object' ? JSON.stringify(data) : data
  item.append(name, value)
  list.append(item)
  if (list.childElementCount > MOST_SHOWN) list.firstElementChild.remove()
  list.scrollTop = list.scrollHeight
  arrived += 1
  document.querySelector('[data-testid="snippet-count"]').value = String(arrived)
}

function say(status) {
  document.querySelector('[data-testid="snippet-status"]').value = status
}

// When the page fails before it connects, the status shows why.
addEventListener('error', (event) => say(`failed: ${event.message}`))
addEventListener('unhandledrejection', (event) => say(`failed: ${event.reason?.message ?? event.reason}`))

// The page shows the text of the script that runs.
document.addEventListener('DOMContentLoaded', () => {
  const source = document.getElementById('snippet').textContent
  document.querySelector('[data-testid="snippet-source"]').textContent = source.trim()
})
