// An answer that is typed: the events an AI service sends, about 205 bytes each.

import { token } from './words.js'

const SUFFIX = '"},"logprobs":null,"finish_reason":null}]}'

const BEGINNING = '{"id":"chatcmpl-'

/** Where an event has an id, whose first digits can be its number. */
export const serial = `data: ${BEGINNING}`.length

/** The JSON of one piece of the answer. */
export const piece = (random) =>
  `${BEGINNING}7Qm2Vx9LrT4bKs","object":"chat.completion.chunk","created":1760000000,"model":"large-2","choices":[{"index":0,"delta":{"content":"${token(random)}${SUFFIX}`

/** What the listener is after. */
export const content = (value) => value.choices[0].delta.content

export const write = (_, random) => `data: ${piece(random)}\n\n`
