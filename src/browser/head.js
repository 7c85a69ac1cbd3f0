// What the session wants to know of a response's head. Every property is looked up with care: the response may be of the
// application's own making.

import { date as today } from './clock.js'

export function headOf(response) {
  const contentType = textOf(() => response.headers.get('content-type'))
  const retryAfter = textOf(() => response.headers.get('retry-after'))
  const status = Number(textOf(() => response.status))
  return { status, isEventStream: isEventStream(contentType), retryAfter: millisecondsOf(retryAfter.trim()) }
}

/** A value that can stand for a `Response`: the `fetch` option may come from anywhere. */
export function isResponse(value) {
  try {
    return typeof value.status === 'number' && typeof value.headers.get === 'function'
  } catch {
    return false
  }
}

function textOf(look) {
  try {
    return String(look() ?? '')
  } catch {
    return ''
  }
}

/**
 * The MIME type without its parameters is `text/event-stream`, in whatever case. Of several the last one counts (Fetch,
 * "extract a MIME type").
 */
function isEventStream(contentType) {
  const essences = contentType.split(',').map((value) => value.split(';')[0])
  return essences.findLast((essence) => essence.includes('/'))?.trim().toLowerCase() === 'text/event-stream'
}

/** `Retry-After` is a number of seconds or an HTTP date (RFC 9110 § 10.2.3). A date in the past means now, and -1 that there is none. */
function millisecondsOf(retryAfter) {
  if (retryAfter === '') return -1
  if (/^\d+$/.test(retryAfter)) return retryAfter * 1000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? -1 : Math.max(0, date - today())
}
