// The types of the React hook. This file is not run: it passes if it compiles.

import { useSSE, type SSEReceived, type UseSSEOptions, type UseSSEOptionsOf } from 'sse-fetch/react'
import { SSEError, type SSECloseReason, type SSEState } from 'sse-fetch'

type Note = { title: string }
type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const holds = <T extends true>(): T => true as T

// One type of events.
const notes = useSSE<Note>('/events', { event: 'notification', keep: 20 })
holds<Is<typeof notes.data, Note | undefined>>()
holds<Is<typeof notes.events, readonly SSEReceived<Note>[]>>()
holds<Is<typeof notes.state, SSEState>>()
holds<Is<typeof notes.error, SSEError | Error | undefined>>()
if (notes.error instanceof SSEError) holds<Is<typeof notes.error.code, SSEError['code']>>()
holds<Is<typeof notes.closeReason, SSECloseReason | undefined>>()
holds<Is<typeof notes.retry, { attempt: number; at: number } | undefined>>()
holds<Is<typeof notes.lastEventId, string>>()
const titles: string[] = notes.events.map(({ key, data, event }) => `${key.toFixed()} ${data.title} ${event.id}`)
// @ts-expect-error received events are read-only
notes.events.push(notes.events[0])

// Several types of events, by a map: the type of an event decides about its data.
const several = useSSE<{ notification: Note; progress: number }>('/events', { event: ['notification', 'progress'] })
holds<Is<typeof several.data, Note | number | undefined>>()
for (const received of several.events) {
  if (received.type === 'progress') holds<Is<typeof received.data, number>>()
  else holds<Is<typeof received.data, Note>>()
}
const all = useSSE<{ notification: Note; progress: number }>('/events', { event: '*', onEvent: (data) => typeof data === 'number' || data.title })
holds<Is<typeof all.data, Note | number | undefined>>()
// One name: the type argument is the type of the data, even if it has a field of that name.
holds<Is<NonNullable<ReturnType<typeof single>['data']>, { message: string }>>()
const single = () => useSSE<{ message: string }>('/events', { event: 'message' })

// Without a type argument, any data is accepted.
const untyped = useSSE(new URL('https://example.test'))
untyped.data.whatever
useSSE('/events', { event: ['a', 'b'] }).events[0].data.whatever

// The result of `reduce`.
const answer = useSSE<{ token: string }, string>('/chat', {
  immediate: false,
  body: { message: 'Hello' },
  until: '[DONE]',
  reduce: (answer = '', { token }, event) => answer + token + event.id,
})
holds<Is<typeof answer.data, string | undefined>>()
useSSE('/chat', { reduce: (answer = '', { token }) => answer + token }).data
answer.connect({ body: { message: 'Again' }, headers: { 'X-A': '1' } })
answer.connect()
// @ts-expect-error unknown option
answer.connect({ retries: 3 })
const onClick: (event: { nativeEvent: MouseEvent }) => void = answer.connect
document.onclick = answer.connect
document.onclick = answer.disconnect
answer.disconnect(new Error('overloaded'))
const nothing: void = answer.connect()

// In a hook of an application, which passes options on.
const useNotes = (options?: UseSSEOptions<Note>) => useSSE<Note>('/events', options)
holds<Is<ReturnType<typeof useNotes>['data'], Note | undefined>>()
const useLength = (options: UseSSEOptions<Note, number>) => useSSE('/events', options).data?.toFixed()
const useAny = (options: UseSSEOptions) => useSSE('/events', options).data.whatever
type Progress = { notification: Note; progress: number }
const useProgress = (options: UseSSEOptionsOf<Progress>) => useSSE<Progress>('/events', options)
holds<Is<ReturnType<typeof useProgress>['data'], Note | number | undefined>>()
const useTotal = (options: UseSSEOptionsOf<Progress, string>) => useSSE<Progress, string>('/events', options).data?.trim()
useSSE('/events', { event: null, keep: 3 })

// No connection.
for (const url of [null, undefined, false] as const) useSSE(url)
// @ts-expect-error not a URL
useSSE(7)
// @ts-expect-error unknown option
useSSE('/events', { retries: 3 })
// @ts-expect-error not a number of events
useSSE('/events', { keep: 'all' })
// @ts-expect-error the map has no such event
useSSE<{ notification: Note }>('/events', { event: ['notificaton'] }).events[0].type === 'notification'

void [titles, onClick, nothing, useLength, useAny, useTotal]
