import { useEffect, useState } from 'react'
import { SSEClient, SSEError } from 'sse-fetch'
import { useSSE } from 'sse-fetch/react'

interface Notification {
  title: string
}

const server = new URLSearchParams(location.search).get('server')

export function App() {
  return (
    <main>
      <Hook />
      <Client />
      <Failure />
    </main>
  )
}

function Hook() {
  const { data, state } = useSSE<Notification>(`${server}/events`, { event: 'notification' })
  return <output data-testid="hook">{data?.title ?? state}</output>
}

function Client() {
  const [shown, show] = useState('')
  useEffect(() => {
    const client = new SSEClient<{ notification: Notification }>(`${server}/events`)
    client.on('open', () => show('open'))
    client.on('notification', ({ title }) => show(title))
    client.connect()
    return () => client.disconnect()
  }, [])
  return <output data-testid="client">{shown}</output>
}

function Failure() {
  const { error } = useSSE(`${server}/api/script/no-stream`)
  return <output data-testid="failure">{error instanceof SSEError ? error.code : String(error)}</output>
}
