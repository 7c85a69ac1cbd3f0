/** @jest-environment ./node-globals.environment.js */

const { act, createElement } = require('react')
const { createRoot } = require('react-dom/client')
const { SSEClient } = require('sse-fetch')
const { useSSE } = require('sse-fetch/react')

globalThis.IS_REACT_ACT_ENVIRONMENT = true
const url = `${process.env.SERVER}/api/script/greeting`

test('a client receives events', async () => {
  for await (const { data } of new SSEClient(url, { headers: { 'X-A': 'b' } })) {
    expect(data).toBe('hello')
    break
  }
})

test('a component with useSSE shows events', async () => {
  let shown
  const received = new Promise((resolve) => (shown = resolve))
  const App = () => {
    const { data } = useSSE(url)
    if (data) shown(data)
    return null
  }
  const root = createRoot(document.createElement('div'))
  await act(() => root.render(createElement(App)))
  await act(() => received)
  expect(await received).toBe('hello')
  await act(() => root.unmount())
})
