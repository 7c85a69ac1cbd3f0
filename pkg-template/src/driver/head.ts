// Reads the head of a response, for the session and for error messages. Each property may be missing or throw, because the response
// may come from the application's own `fetch`.

import { wallClock } from './clock.ts'
import { tryTo } from './report.ts'

export interface Head {
  status: number
  isEventStream: boolean
  retryAfter: number
  source: { contentType: string; url: string; headers: Headers | undefined }
}

/** Values for the session, and `source`: details for error messages. `retryAfter` is in milliseconds, -1 if there is none. */
export function headOf(response: Response): Head {
  const contentType = readText(() => response.headers.get('content-type'))
  const retryAfter = readText(() => response.headers.get('retry-after')).trim()
  return {
    status: Number(readText(() => response.status)),
    isEventStream: essenceOf(contentType) === 'text/event-stream',
    retryAfter: retryAfter === '' ? -1 : millisecondsOf(retryAfter),
    source: { contentType, url: readText(() => response.url), headers: tryTo(() => response.headers) },
  }
}

/** Whether a value can be used as a `Response`. The option `fetch` may return an object of another class. */
export function isResponse(value: unknown): value is Response {
  try {
    const { status, headers } = value as Response
    return typeof status === 'number' && typeof headers.get === 'function'
  } catch {
    return false
  }
}

function readText(look: () => unknown): string {
  try {
    return String(look() ?? '')
  } catch {
    return ''
  }
}

/** A quoted string, which may contain commas. One without an end extends to the end of the header. */
const QUOTED = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)/g

/** A MIME type: a name, a slash, another name, and nothing else before the parameters. */
const MIME_TYPE = /^[\t\n\r ]*([!#$%&'*+\-.^_`|~\w]+\/[!#$%&'*+\-.^_`|~\w]+)[\t\n\r ]*(?:;|$)/

/**
 * The MIME type without its parameters, in lower case. If there are several values: the last one that is a MIME type and no
 * wildcard (Fetch, "extract a MIME type").
 */
function essenceOf(contentType: string): string | undefined {
  // Commas inside quotes must not split the value. A quotation mark inside the type must still make the type invalid.
  const values = contentType.replace(QUOTED, '"').split(',')
  const essences = values.map((value) => MIME_TYPE.exec(value)?.[1])
  // Not `findLast`, which Safari before 15.4 does not have.
  essences.reverse()
  return essences.find((essence) => essence !== undefined && essence !== '*/*')?.toLowerCase()
}

/** The forms of an HTTP date (RFC 9110 § 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, and two that are obsolete. */
const DATES = [
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]+day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
]

/**
 * `Retry-After` is a number of seconds or an HTTP date (RFC 9110 § 10.2.3). Servers send fractions too, which are rounded up
 * to whole seconds. A date in the past means 0. Anything else is ignored.
 */
function millisecondsOf(retryAfter: string): number {
  if (/^\d+(\.\d+)?$/.test(retryAfter)) return Math.ceil(Number(retryAfter)) * 1000
  const date = dateOf(retryAfter)
  return Number.isNaN(date) ? -1 : Math.max(0, date - wallClock())
}

/** An HTTP date in milliseconds, else NaN. `Date.parse` alone accepts more, and reads dates in the form of asctime as local time. */
function dateOf(text: string): number {
  const { day, month, year, time } = DATES.map((form) => form.exec(text)?.groups).find(Boolean) ?? {}
  if (day === undefined) return NaN
  // In the form that every engine can parse, because `toUTCString` returns it.
  const date = Date.parse(`Sun, ${day.replace(' ', '0')} ${month} ${fullYear(year!)} ${time} GMT`)
  return new Date(date).getUTCDate() === Number(day) ? date : NaN
}

/** A year of two digits that would be more than 50 years in the future belongs to the last century (RFC 9110 § 5.6.7). */
function fullYear(year: string): number {
  if (year.length > 2) return Number(year)
  const now = new Date(wallClock()).getUTCFullYear()
  const full = now - (now % 100) + Number(year)
  return full > now + 50 ? full - 100 : full
}
