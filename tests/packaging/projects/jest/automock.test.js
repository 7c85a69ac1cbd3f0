/** @jest-environment jsdom */

jest.mock('sse-fetch')
jest.mock('sse-fetch/react')

const { SSEAuth, SSEClient } = require('sse-fetch')
const { useSSE } = require('sse-fetch/react')

test('jest.mock gives a class whose methods are mocks', () => {
  const client = new SSEClient('/events', { auth: new SSEAuth({ getToken: () => 'token' }) })
  client.on('message', () => {})
  client.connect()
  expect(SSEClient).toHaveBeenCalledTimes(1)
  expect(SSEClient.mock.instances[0].on).toHaveBeenCalledWith('message', expect.any(Function))
  expect(client.connect).toHaveBeenCalledTimes(1)
})

test('jest.mock gives a hook that is a mock', () => {
  useSSE.mockReturnValue({ data: 'hello', state: 'open' })
  expect(useSSE('/events').data).toBe('hello')
})
