// Connects with each entry under the page's policy, and reports the event or the error to the parent page. (A test cannot run a
// script in this page, because the policy forbids it.)

import { SSEClient } from '../node_modules/sse-fetch/index.js'
import { SSEClient as SlimClient, init } from '../node_modules/sse-fetch/slim.js'
import { EventSource } from '../node_modules/sse-fetch/eventsource.js'
import { fetchEventSource } from '../node_modules/sse-fetch/fetch-event-source.js'

const url = '/api/script/greeting'

const heard = {
  async 'slim'() {
    await init()
    return (await first(SlimClient)).data
  },
  async 'client'() {
    return (await first(SSEClient)).data
  },
  async 'global'() {
    return (await first(SSEFetch.SSEClient)).data
  },
  'eventsource': () =>
    new Promise((resolve, reject) => {
      const source = new EventSource(url)
      source.onmessage = ({ data }) => resolve(data)
      source.onerror = ({ error }) => reject(error)
    }),
  'fetch-event-source': () =>
    new Promise((resolve, reject) => {
      fetchEventSource(url, { onmessage: ({ data }) => resolve(data), onerror: fail }).catch(reject)
    }),
}

async function first(Client) {
  for await (const event of new Client(url)) return event
}

function fail(error) {
  throw error
}

const report = {}
for (const [name, listen] of Object.entries(heard)) {
  try {
    report[name] = await listen()
  } catch ({ name: kind, message, cause }) {
    report[name] = { kind, message, cause: cause?.name }
  }
}
parent.postMessage(report, '*')
