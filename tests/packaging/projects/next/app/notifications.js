'use client'

import { useEffect, useState } from 'react'
import { SSEClient, SSEError } from 'sse-fetch'
import { useSSE } from 'sse-fetch/react'

export function Notifications({ server }) {
  const { data, state } = useSSE(`${server}/events`, { event: 'notification' })
  const { error } = useSSE(`${server}/api/script/no-stream`)
  const shown = useClient(`${server}/events`)
  return (
    <main>
      <output data-testid="hook">{data?.title ?? state}</output>
      <output data-testid="client">{shown}</output>
      <output data-testid="failure">{error instanceof SSEError ? error.code : String(error)}</output>
    </main>
  )
}

function useClient(url) {
  const [shown, show] = useState('')
  useEffect(() => {
    const client = new SSEClient(url)
    client.on('open', () => show('open'))
    client.on('notification', ({ title }) => show(title))
    client.connect()
    return () => client.disconnect()
  }, [url])
  return shown
}
