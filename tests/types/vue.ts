// The types of the Vue composable. This file is not run: it passes if it compiles.

import { computed, reactive, ref, type Ref } from 'vue'
import { useSSE, type SSEReceived, type UseSSEOptions, type UseSSEOptionsOf } from 'sse-fetch/vue'
import { SSEError, type SSECloseReason, type SSEState } from 'sse-fetch'

type Note = { title: string }
type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const holds = <T extends true>(): T => true as T

const { data, events, state, error, closeReason, retry, lastEventId, connect, disconnect, reconnect } = useSSE<Note>('/events', { event: 'notification' })
holds<Is<typeof data.value, Note | undefined>>()
holds<Is<typeof events.value, readonly SSEReceived<Note>[]>>()
holds<Is<typeof state.value, SSEState>>()
holds<Is<typeof error.value, SSEError | Error | undefined>>()
if (error.value instanceof SSEError) holds<Is<typeof error.value.code, SSEError['code']>>()
holds<Is<typeof closeReason.value, SSECloseReason | undefined>>()
holds<Is<typeof retry.value, { attempt: number; at: number } | undefined>>()
holds<Is<typeof lastEventId.value, string>>()
// @ts-expect-error only the composable writes them
data.value = { title: '' }
const asRef: Readonly<Ref<Note | undefined>> = data

// Values, refs and getters.
const topic = ref('a')
useSSE(topic, reactive({ headers: { 'X-A': '1' } }))
useSSE(() => topic.value && `/events/${topic.value}`, () => ({ headers: { 'X-Topic': topic.value } }))
useSSE(computed(() => new URL('https://example.test')), ref({ keep: 3 }))
useSSE(null)
// @ts-expect-error not a URL
useSSE(ref(7))
// @ts-expect-error unknown option
useSSE('/events', { retries: 3 })

const several = useSSE<{ notification: Note; progress: number }>('/events', { event: '*' })
for (const received of several.events.value) {
  if (received.type === 'progress') holds<Is<typeof received.data, number>>()
  else holds<Is<typeof received.data, Note>>()
}

const answer = useSSE<{ token: string }, string>('/chat', { immediate: false, reduce: (answer = '', { token }) => answer + token })
holds<Is<typeof answer.data.value, string | undefined>>()
answer.connect({ body: { message: 'Hello' } })
document.onclick = answer.connect
document.onclick = answer.disconnect
answer.disconnect(new Error('overloaded'))

// In a composable of an application, which passes options on.
const useNotes = (options?: UseSSEOptions<Note>) => useSSE<Note>('/events', options)
holds<Is<ReturnType<typeof useNotes>['data']['value'], Note | undefined>>()
const useLength = (options: UseSSEOptions<Note, number>) => useSSE('/events', options).data.value?.toFixed()
const useAny = (options: UseSSEOptions) => useSSE('/events', options).data.value.whatever
type Progress = { notification: Note; progress: number }
const useProgress = (options: UseSSEOptionsOf<Progress>) => useSSE<Progress>('/events', options)
holds<Is<ReturnType<typeof useProgress>['data']['value'], Note | number | undefined>>()
const useTotal = (options: UseSSEOptionsOf<Progress, string>) => useSSE<Progress, string>('/events', options).data.value?.trim()
useSSE('/events', { event: null, keep: 3 })

void [asRef, connect, disconnect, reconnect, useLength, useAny, useTotal]
