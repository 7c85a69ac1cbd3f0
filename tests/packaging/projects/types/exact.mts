// Compiled with `exactOptionalPropertyTypes`: options that are `undefined`, as in `{ body: input || undefined }`.

import { SSEAuth, SSEClient, type SSEAuthOptions, type SSEBackoff, type SSEClientOptions } from 'sse-fetch'
import { EventSource, type EventSourceOptions } from 'sse-fetch/eventsource'
import { fetchEventSource, type FetchEventSourceInit } from 'sse-fetch/fetch-event-source'
import { useSSE as useReact, type UseSSEOptions } from 'sse-fetch/react'

type AllUndefined<Options> = { [Name in keyof Required<Options>]: undefined }

new SSEClient('/events', {} as AllUndefined<SSEClientOptions>)
new SSEClient('/events', { backoff: {} as AllUndefined<SSEBackoff> })
new SSEAuth({ getToken: () => 'token', ...({} as Omit<AllUndefined<SSEAuthOptions>, 'getToken'>) })
// @ts-expect-error required by SSEAuth
new SSEAuth({ getToken: undefined })
new EventSource('/events', {} as AllUndefined<EventSourceOptions>)
fetchEventSource('/events', {} as AllUndefined<FetchEventSourceInit>)
useReact('/events', {} as AllUndefined<UseSSEOptions>)
useReact('/events').connect({} as AllUndefined<SSEClientOptions>)
