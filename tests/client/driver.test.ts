// The driver carries out what a session commands: for each command, what the application, the browser or the session sees.

import { Driver, expect, numbers as n, replace, test, turn } from './fixture/index.ts'

/** What the application returns when it is asked how long the stream has been silent. */
const SILENCE = 7

/** An input that no session knows. It makes the driver look for commands. */
const NO_INPUT = -1

const APPLICATION = ['begin', 'token', 'refresh', 'validate', 'pause', 'resume', 'released', 'judge']
const EVENTS = ['state', 'open', 'refreshed', 'failed', 'retry', 'maxReconnectsReached', 'close']

const OPEN = n.STATES.indexOf('open')
const RECONNECTING = n.STATES.indexOf('reconnecting')
const CLOSED = n.STATES.indexOf('closed')
const FATAL = n.REASONS.indexOf('fatal')

/** The id of the request. */
const ID = 4

/** The last four fields of a command: a failure, with the code, the status, whether it is retryable, and the attempt. */
const NO_FAILURE = [-1, -1, 0, 0]
const STATUS_503 = [n.CODES.indexOf('status'), 503, 1, 2]
const LOST = [n.NETWORK, -1, 0, 1]

const BEGIN = [n.DO_OPEN, ID, 0, 1]
const SEND = [n.DO_SEND, ID]

const COMMANDS: { name: string; before?: number[][]; command: number[]; seen: string[] }[] = [
  { name: 'open', command: [n.DO_OPEN, ID, 3, 1], seen: ['begin 3 true'] },
  { name: 'open, for a reconnection', command: [n.DO_OPEN, ID, 0, 0], seen: ['begin 0 false'] },
  { name: 'ask for a token', command: [n.DO_ASK_TOKEN, ID], seen: ['token'] },
  { name: 'refresh the token', command: [n.DO_REFRESH_TOKEN, ID], seen: ['refresh'] },
  { name: 'send', before: [BEGIN], command: SEND, seen: ['fetch'] },
  { name: 'validate', command: [n.DO_VALIDATE, ID], seen: ['validate'] },
  { name: 'read the body of an error', command: [n.DO_READ_ERROR_BODY, ID], seen: [`handle ${n.ERROR_BODY_READ} 0`] },
  { name: 'read', command: [n.DO_READ, ID], seen: ['chunk'] },
  { name: 'pause', command: [n.DO_PAUSE, ID], seen: ['pause'] },
  { name: 'resume', command: [n.DO_RESUME, ID], seen: ['resume'] },
  { name: 'cancel', command: [n.DO_CANCEL, ID], seen: ['released'] },
  { name: 'ask whether to retry', command: [n.DO_JUDGE, 0, 0, 0, ...STATUS_503], seen: ['judge status 503 true 2'] },
  { name: 'set a timer', command: [n.DO_SET_TIMER, 1, 250], seen: ['setTimeout 250', `handle ${n.FIRED} 1`] },
  {
    name: 'set the idle timer',
    command: [n.DO_SET_TIMER, n.IDLE, 90],
    seen: ['setTimeout 90', `handle ${n.SILENCE} ${SILENCE}`],
  },
  {
    name: 'clear a timer',
    before: [BEGIN, SEND, [n.DO_SET_TIMER, 1, 1]],
    command: [n.DO_CLEAR_TIMER, 1],
    seen: ['clearTimeout'],
  },
  { name: 'report the state', command: [n.TELL_STATE, OPEN, RECONNECTING], seen: ['state reconnecting open'] },
  { name: 'report open', command: [n.TELL_OPEN, RECONNECTING, 2], seen: ['open reconnecting 2'] },
  { name: 'report a refresh', command: [n.TELL_REFRESHED, 2], seen: ['refreshed 2'] },
  { name: 'report a failure', command: [n.TELL_FAILED, 0, 0, 0, ...LOST], seen: ['failed network - false 1'] },
  { name: 'report a retry', command: [n.TELL_RETRY, 2, 500, 0, ...STATUS_503], seen: ['retry 2 500 status 503 true 2'] },
  { name: 'report a retry without a failure', command: [n.TELL_RETRY, 2, 500, 0, ...NO_FAILURE], seen: ['retry 2 500'] },
  {
    name: 'report that reconnections are used up',
    command: [n.TELL_MAX_RECONNECTS_REACHED, 5],
    seen: ['maxReconnectsReached 5'],
  },
  { name: 'report the close', command: [n.TELL_CLOSE, OPEN, FATAL, 0, ...LOST], seen: ['close open fatal network - false 1'] },
  {
    name: 'report a close without a failure',
    command: [n.TELL_CLOSE, CLOSED, 0, 0, ...NO_FAILURE],
    seen: ['close closed client'],
  },
]

for (const { name, before = [BEGIN, SEND], command, seen } of COMMANDS) {
  test(`the driver carries out: ${name}`, async () => {
    const notes = (await carriedOut(before, command)).join('\n')
    expect(notes).toContain(seen.join('\n'))
  })
}

test('every command has a number of its own, and a test', () => {
  const numbers = Object.entries(n).filter(([name]) => /^(DO|TELL)_/.test(name))
  const tested = new Set(COMMANDS.map(({ command }) => command[0]))
  expect(numbers.map(([, number]) => Number(number)).sort((a, b) => a - b)).toStrictEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  expect(numbers.filter(([, number]) => !tested.has(number as number))).toStrictEqual([])
})

/** Everything that is seen when a driver carries out a command, and fires the timer that it sets. */
async function carriedOut(before: number[][], command: number[]): Promise<string[]> {
  let notes: string[] = []
  const note =
    (name: string) =>
    (...given: unknown[]) => {
      const plain = given.filter((value) => ['string', 'number', 'boolean'].includes(typeof value))
      notes.push([name, ...plain].join(' '))
    }

  let commands: number[][] = []
  let current: number[] = []
  const session = {
    state: () => 0,
    handle: (_: number, input: number, __: number, detail: number) => input === NO_INPUT || note('handle')(input, detail),
    head: note('head'),
    nextCommand: () => {
      current = commands.shift() ?? [0]
      return current[0]
    },
    field: (index: number) => current[index + 1],
  }

  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new Uint8Array(1))
      controller.close()
    },
  })
  const fetch = async () => {
    note('fetch')()
    return { status: 200, headers: new Headers(), body }
  }
  const application = {
    ...Object.fromEntries([...APPLICATION, ...EVENTS].map((name) => [name, note(name)])),
    settings: { url: location.href, method: 'GET', fetch },
    position: () => '',
    sent: () => {},
    silence: SILENCE,
    sink: { chunk: note('chunk') },
    context: () => {},
    error: (code, { status, retryable, attempt }) => [code, status ?? '-', retryable, attempt].join(' '),
  }

  const driver = new Driver(session, application)
  let fire: (() => void) | undefined
  const carryOut = (...given: number[][]) => {
    const set = (callback, delay) => {
      note('setTimeout')(delay)
      fire = callback
      return {}
    }
    const restore = [
      replace(globalThis, 'setTimeout', { value: set }),
      replace(globalThis, 'clearTimeout', { value: note('clearTimeout') }),
    ]
    commands = given
    try {
      driver.handle(NO_INPUT)
    } finally {
      for (const each of restore) each()
    }
  }

  carryOut(...before)
  const isSent = before.includes(SEND)
  while (isSent && !notes.some((line) => line.startsWith('head'))) await turn()
  notes = []
  fire = undefined
  carryOut(command)
  fire?.()
  while (notes.length === 0) await turn()
  return notes
}
