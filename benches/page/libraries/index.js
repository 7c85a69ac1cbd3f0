// The libraries that are measured. Each is used as its documentation says, with the code that a user would write to receive
// these events.
//
// A library has a `name`, a `version`, the `kinds` of runs it can take part in, and `run(job)`, whose promise is fulfilled when
// the stream has ended or `job.signal` is aborted. The job holds `url`; `fetch`, where the stream is in memory; the `types`
// to listen to; `json`; and either `note(type, text, id)` or what `listenersFor` in harness.js returns.

import { baseline } from './baseline.js'
import { eventSourcePlus } from './event-source-plus.js'
import { eventSource } from './eventsource.js'
import { eventSourceClient } from './eventsource-client.js'
import { eventSourceParser } from './eventsource-parser.js'
import { fetchEventSource } from './fetch-event-source.js'
import { native } from './native.js'
import { sseFetch } from './sse-fetch.js'
import { sseJs } from './sse-js.js'

/** All of them. `load` imports the package under test, whose version is `version`, if that is known. */
export const libraries = (load, version) => [
  sseFetch(load, version),
  eventSourceParser,
  fetchEventSource,
  eventSource,
  eventSourceClient,
  sseJs,
  eventSourcePlus,
  native,
  baseline,
]
