/** @jest-environment jsdom */
// Jest's jsdom without any set-up: it has no TextDecoder, TextEncoder and fetch, and older versions no Headers.

const { act, createElement } = require('react')
const { createRoot } = require('react-dom/client')

globalThis.IS_REACT_ACT_ENVIRONMENT = true
delete globalThis.Headers

test.each(['', '/slim', '/eventsource', '/fetch-event-source', '/react'])('sse-fetch%s can be imported', (entry) => {
  expect(Object.keys(require(`sse-fetch${entry}`))).not.toEqual([])
})

const missing = /there is no global Headers, TextDecoder, TextEncoder, fetch: define what is missing on globalThis \(in Jest: in the test environment\)/

test('a client says what is missing when it connects', async () => {
  const { SSEClient } = require('sse-fetch')
  const client = new SSEClient('/events', { headers: { 'X-A': 'b' }, lastEventId: 'é⛴' })
  client.on('nötification ⛴', () => {})
  await expect(client.connect()).rejects.toThrow(missing)
  expect(client.state).toBe('closed')
})

test('a client with headers and nothing else says the same', async () => {
  const { SSEClient } = require('sse-fetch')
  await expect(new SSEClient('/events', { headers: { 'X-A': 'b' } }).connect()).rejects.toThrow(missing)
})

test('a component with useSSE is rendered, and its error says what is missing', async () => {
  const { useSSE } = require('sse-fetch/react')
  const App = () => {
    const { error, state } = useSSE('/events', { event: 'notification' })
    return createElement('p', null, `${state}: ${error?.message}`)
  }
  const root = createRoot(document.body.appendChild(document.createElement('div')))
  await act(() => root.render(createElement(App)))
  await act(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))
  expect(document.body.textContent).toMatch(/^closed: /)
  expect(document.body.textContent).toMatch(missing)
  await act(() => root.unmount())
})
