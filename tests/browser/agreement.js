// For Rust to compare: what the class makes of a stream, with the parser's own account; the numbers of numbers.js and what
// the driver makes of commands, with what the session means.

import { Driver } from '../../pkg-template/src/driver/driver.js'
import * as numbers from '../../pkg-template/src/driver/numbers.js'
import { turn } from './bed/bed.js'
import { Ear } from './bed/ear.js'
import { replace } from './bed/replace.js'

/** Everything that a stream in these chunks delivers, comments included. */
export async function everything_delivered(bed, chunks) {
  const { client, stream } = await bed.open({ reconnect: 'never', parse: 'text' })
  const items = []
  for (const type of ['*', 'comment']) {
    client.on(type, (_, { type: name, data, id, lastEventId }) => {
      items.push(type === '*' ? { event: { type: name, data, id, lastEventId } } : { comment: data })
    })
  }
  // Some types have listeners of their own, others are only heard by `*`: they take different ways.
  for (const type of ['message', 'ключ', '\uFFFD']) client.on(type, () => {})
  const ear = new Ear(client, 'close')
  stream.push(...chunks).end()
  await ear.next()
  return items
}

/** The numbers of numbers.js by their names, and its lists by theirs. */
export async function the_numbers() {
  const all = Object.entries(numbers)
  const lists = all.filter(([, value]) => Array.isArray(value))
  return { numbers: Object.fromEntries(all.filter((entry) => !lists.includes(entry))), lists: Object.fromEntries(lists) }
}

/** What a driver does at each of these commands, as the application, the browser and the machine see it. */
export async function what_the_driver_does(bed, samples) {
  const all = []
  for (const sample of samples) all.push(await done(sample))
  return all
}

/** How long the stream has been silent, says the application. */
const SILENCE = 7

/** An input that no machine knows: it makes the driver look whether there are commands. */
const NOTHING = -1

const APPLICATION = [
  'begin', 'token', 'refresh', 'validate', 'pause', 'resume', 'released', 'judge',
  'state', 'open', 'refreshed', 'failed', 'retry', 'maxReconnectsReached', 'close',
]

/** `[number, ...fields]` are commands: some to be carried out before, then the one in question. */
async function done({ before, command }) {
  let notes = []
  const note = (name) => (...given) => {
    notes.push([name, ...given.filter((value) => ['string', 'number', 'boolean'].includes(typeof value))].join(' '))
  }

  let commands = []
  let current = []
  const machine = {
    state: () => 0,
    handle: (_, input, id, detail) => input === NOTHING || note('handle')(input, detail),
    head: note('head'),
    nextCommand: () => (current = commands.shift() ?? [0])[0],
    field: (index) => current[index + 1],
  }

  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new Uint8Array(1))
      controller.close()
    },
  })
  const fetch = async () => (note('fetch')(), { status: 200, headers: new Headers(), body })
  const application = {
    ...Object.fromEntries(APPLICATION.map((name) => [name, note(name)])),
    settings: { url: location.href, method: 'GET', fetch },
    position: () => '',
    sent: () => {},
    silence: SILENCE,
    sink: { chunk: note('chunk') },
    context: () => {},
    error: (code, { status, retryable, attempt }) => [code, status ?? '-', retryable, attempt].join(' '),
  }

  const driver = new Driver(machine, application)
  let alarm
  const carryOut = (...given) => {
    const set = (wake, delay) => {
      note('setTimeout')(delay)
      alarm = wake
      return {}
    }
    const putBack = [
      replace(globalThis, 'setTimeout', { value: set }),
      replace(globalThis, 'clearTimeout', { value: note('clearTimeout') }),
    ]
    commands = given
    try {
      driver.handle(NOTHING)
    } finally {
      for (const each of putBack) each()
    }
  }

  carryOut(...before)
  // A request was sent: then its head is awaited.
  while (before.length > 1 && !notes.some((line) => line.startsWith('head'))) await turn()
  notes = []
  alarm = undefined
  carryOut(command)
  alarm?.()
  while (notes.length === 0) await turn()
  return notes
}
