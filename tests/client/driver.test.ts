// The driver brings about what a session wants, and reports its events. The session here is a script: the test says what it
// wants, and sees what the driver does about it.

import { Driver, expect, session as n, replace, test, turn } from './fixture/index.ts'

/** What the application returns when it is asked how long the stream has been silent. */
const SILENCE = 7

/** An input that no session knows: the driver looks what is wanted. */
const NO_INPUT = -1

/** The id of the attempt. */
const ID = 4

const FAILURE = {
  [n.FIELD_CODE]: n.CODES.indexOf('status'),
  [n.FIELD_STATUS]: 503,
  [n.FIELD_RETRYABLE]: 1,
  [n.FIELD_FAILED_ATTEMPT]: 2,
}

interface Fields {
  [field: number]: number
}

/** A driver of a scripted session, and notes of everything that it does. */
function driven(overridden: object = {}) {
  let notes: string[] = []
  const note =
    (name: string) =>
    (...given: unknown[]) => {
      const plain = given.filter((value) => ['string', 'number', 'boolean'].includes(typeof value))
      notes.push([name, ...plain].join(' '))
    }
  let wanted: { step: number; fields: Fields } = { step: n.STEP_NONE, fields: {} }
  let events: [number, Fields][] = []
  let current: Fields = {}
  const session = {
    state: () => n.STATES.indexOf('connecting'),
    handle: (_: number, input: number, id: number, detail: number) => input === NO_INPUT || note('handle')(input, id, detail),
    head: (_: number, id: number, status: number) => note('head')(id, status),
    wants: () => {
      current = { [n.FIELD_CODE]: -1, [n.FIELD_WAKE_AT]: -1, [n.FIELD_READING]: 1, [n.FIELD_ID]: ID, ...wanted.fields }
      return wanted.step
    },
    pollEvent: () => {
      const [number, fields] = events.shift() ?? [0, {}]
      current = { [n.FIELD_CODE]: -1, ...fields }
      return number
    },
    field: (index: number) => current[index] ?? 0,
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
  const host = {
    ...Object.fromEntries(
      ['attemptStarted', 'validate', 'pause', 'resume', 'attemptEnded', 'retryDecision'].map((name) => [name, note(name)]),
    ),
    event: (type: string, fields: Record<string, unknown>) => {
      notes.push(
        `event ${type} ${Object.entries(fields)
          .map(([name, value]) => `${name}=${value}`)
          .join(' ')}`,
      )
    },
    settings: { url: location.href, method: 'GET', fetch },
    credentials: { token: note('token'), refresh: note('refresh'), sent: () => {} },
    sink: { chunk: note('chunk'), idleTime: SILENCE },
    position: () => '',
    context: () => {},
    error: (code, { status, retryable, attempt }) => [code, status ?? '-', retryable, attempt].join(' '),
    ...overridden,
  }
  const driver = new Driver(session, host)

  return {
    driver,
    /** The session wants this from now on, and the driver looks. */
    want(step: number, fields: Fields = {}) {
      wanted = { step, fields }
      driver.handle(NO_INPUT)
    },
    /** The session reports these events. */
    report(...reported: [number, Fields][]) {
      events = reported
      driver.handle(NO_INPUT)
    },
    /** What was done since the last look. */
    async look(): Promise<string[]> {
      for (let turns = 0; turns < 5; turns++) await turn()
      const seen = notes
      notes = []
      return seen
    },
  }
}

/** A driver whose request was answered. */
async function answered() {
  const it = driven()
  it.want(n.STEP_REQUEST)
  expect(await it.look()).toContain(`head ${ID} 200`)
  return it
}

const STEPS: { step: string; seen: string }[] = [
  { step: 'STEP_TOKEN', seen: 'token' },
  { step: 'STEP_REFRESH', seen: 'refresh' },
  { step: 'STEP_REQUEST', seen: 'fetch' },
  { step: 'STEP_VALIDATE', seen: 'validate' },
  { step: 'STEP_ERROR_BODY', seen: `handle ${n.INPUT_ERROR_BODY_READ} ${ID} 0` },
  { step: 'STEP_STREAM', seen: 'chunk' },
]

for (const { step, seen } of STEPS) {
  test(`the driver takes ${step} once, however often it looks`, async () => {
    const it = step === 'STEP_REQUEST' ? driven() : await answered()
    for (let times = 0; times < 3; times++) it.want(n[step])
    const notes = await it.look()
    expect(notes.filter((line) => line === seen)).toStrictEqual([seen])
  })
}

test('every step is tested', () => {
  const names = Object.keys(n).filter((name) => name.startsWith('STEP_'))
  expect(names.toSorted()).toStrictEqual(['STEP_NONE', 'STEP_DECIDE', ...STEPS.map(({ step }) => step)].toSorted())
})

test('an attempt begins with its number, and whether it is fresh', async () => {
  const it = driven()
  it.want(n.STEP_REQUEST, { [n.FIELD_NUMBER]: 3, [n.FIELD_FRESH]: 1 })
  expect((await it.look())[0]).toBe('attemptStarted 3 true')
})

test('an exception of the application is reported to the page, and the driver continues', async () => {
  const exception = new Error('no error can be made')
  const reports: unknown[] = []
  const restore = replace(globalThis, 'reportError', { value: (error) => reports.push(error) })
  try {
    const it = driven({
      error: () => {
        throw exception
      },
    })
    it.want(n.STEP_REQUEST)
    await it.look()
    const number = (type: string) => n.EVENTS.findIndex(([name]) => name === type) + 1
    it.report([number('error'), FAILURE], [number('state'), {}])
    expect((await it.look()).map((line) => line.slice(0, 11))).toStrictEqual(['event state'])
    expect(reports).toStrictEqual([exception])
    it.want(n.STEP_NONE)
    expect(await it.look()).toStrictEqual(['attemptEnded'])
  } finally {
    restore()
  }
})

test('an attempt that is not wanted any more is aborted, once', async () => {
  for (const [step, fields] of [
    [n.STEP_NONE, {}],
    [n.STEP_REQUEST, { [n.FIELD_ID]: ID + 1 }],
  ] as [number, Fields][]) {
    const it = await answered()
    for (let times = 0; times < 3; times++) it.want(step, fields)
    expect((await it.look()).filter((line) => line === 'attemptEnded')).toStrictEqual(['attemptEnded'])
  }
})

test('a failed attempt is aborted before the application decides whether to retry', async () => {
  const it = await answered()
  it.want(n.STEP_DECIDE, FAILURE)
  expect(await it.look()).toStrictEqual(['attemptEnded', 'retryDecision status 503 true 2', `handle ${n.INPUT_DECIDED} ${ID} 0`])
})

test('a stream is paused and resumed as wanted, and paused before it is read', async () => {
  const it = await answered()
  it.want(n.STEP_STREAM, { [n.FIELD_READING]: 0 })
  expect((await it.look()).slice(0, 2)).toStrictEqual(['pause', 'chunk'])
  for (let times = 0; times < 3; times++) it.want(n.STEP_STREAM, { [n.FIELD_READING]: 1 })
  expect(await it.look()).toStrictEqual(['resume'])
})

test('one timer is set to the time that is wanted, and wakes the session', async () => {
  const it = driven()
  const timers = new Map<number, { wake: () => void; delay: number }>()
  let last = 0
  const restore = [
    replace(performance, 'now', { value: () => 1000 }),
    replace(globalThis, 'setTimeout', { value: (wake, delay) => (timers.set(++last, { wake, delay }), last) }),
    replace(globalThis, 'clearTimeout', { value: (timer) => timers.delete(timer) }),
  ]
  try {
    for (const at of [1250, 1250, 1300]) it.want(n.STEP_NONE, { [n.FIELD_WAKE_AT]: at })
    expect([...timers.values()].map(({ delay }) => delay)).toStrictEqual([300])
    const [{ wake }] = timers.values()
    timers.clear()
    wake()
    // The page's clock stands still, but the timer shows that the time has come.
    it.want(n.STEP_NONE, { [n.FIELD_WAKE_AT]: 1310 })
    expect([...timers.values()].map(({ delay }) => delay)).toStrictEqual([10])
    it.want(n.STEP_NONE)
    expect(timers.size).toBe(0)
  } finally {
    for (const each of restore) each()
  }
  expect(await it.look()).toStrictEqual([`handle ${n.INPUT_WAKE} 0 ${SILENCE}`])
})

const OPEN = n.STATES.indexOf('open')
const RECONNECTING = n.STATES.indexOf('reconnecting')
const NUMBER = Object.fromEntries(n.EVENTS.map(([type], index) => [type, index + 1]))

const EVENTS: { type: string; fields: Fields; seen: string }[] = [
  { type: 'state', fields: { 0: RECONNECTING, 1: OPEN }, seen: 'state=reconnecting previous=open' },
  { type: 'open', fields: { 0: RECONNECTING, 1: 2 }, seen: 'previous=reconnecting attempt=2' },
  { type: 'refresh', fields: { 0: 2 }, seen: 'attempt=2' },
  { type: 'error', fields: FAILURE, seen: 'error=status 503 true 2' },
  { type: 'retry', fields: { 0: 3, 1: 500, ...FAILURE }, seen: 'attempt=3 delay=500 error=status 503 true 2' },
  { type: 'retry', fields: { 0: 3, 1: 500 }, seen: 'attempt=3 delay=500 error=undefined' },
  { type: 'max-reconnects-reached', fields: { 0: 5 }, seen: 'attempts=5' },
  { type: 'close', fields: { 0: OPEN, 1: n.CLOSE_REASONS.indexOf('done') }, seen: 'previous=open reason=done error=undefined' },
]

for (const { type, fields, seen } of EVENTS) {
  test(`the driver reports ${type} with ${seen}`, async () => {
    const it = await answered()
    it.report([NUMBER[type], fields])
    expect(await it.look()).toStrictEqual([`event ${type} ${seen}`])
  })
}

test('every event is tested', () => {
  expect(n.EVENTS.map(([type]) => type).filter((type) => !EVENTS.some((event) => event.type === type))).toStrictEqual([])
})

test('all events are reported before the next step is taken', async () => {
  const it = await answered()
  it.want(n.STEP_NONE)
  await it.look()
  it.report([NUMBER.refresh, { 0: 1 }], [NUMBER.refresh, { 0: 2 }])
  it.want(n.STEP_REQUEST, { [n.FIELD_ID]: ID + 1 })
  const notes = await it.look()
  expect(notes.slice(0, 3)).toStrictEqual(['event refresh attempt=1', 'event refresh attempt=2', 'attemptStarted 0 false'])
})
