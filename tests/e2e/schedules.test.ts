// The property behind all of reconnection: whatever goes wrong on the way, and whatever the application does meanwhile, every event of
// a stream with IDs arrives once and in order, and the server never sees two requests open.
//
// Each run plays other schedules. One that breaks the rule is made as simple as possible, and printed.

import { FaultServer, type Numbered, type NumberedFault, numberedData, type Page, test } from './fixture/index.ts'
import { Random, simplify, withoutOne } from './fixture/random.ts'

/** Schedules per test, and how many of them a page plays in one go. */
const CASES = 240
const AT_A_TIME = 40

/** How long the search for a simpler schedule may take, in milliseconds. */
const PATIENCE = 60_000

type CallName = 'reconnect' | 'pause' | 'connectAgain'

/** A stream with its faults, and what the application calls when it receives certain numbers. */
interface Case {
  numbered: Numbered & { schedule: NumberedFault[] }
  calls: [number, CallName][]
  /** It is a POST, which begins its stream again. */
  isPrompt: boolean
}

function randomFault(random: Random): NumberedFault {
  const after = random.below(8)
  return random.oneOf<() => NumberedFault>([
    () => ({ fault: 'none' }),
    () => ({ fault: 'cutMidLine', after }),
    () => ({ fault: 'cutMidCharacter', after }),
    () => ({ fault: 'cutBetweenCrAndLf', after }),
    () => ({ fault: 'cutAt', after, byte: random.below(1000) }),
    () => ({ fault: 'reset', after }),
    () => ({ fault: 'resetAtOnce' }),
    () => ({ fault: 'silence', after }),
    () => ({ fault: 'end', after }),
    () => ({ fault: 'sayNothing' }),
    () => ({ fault: 'slowHead', pause: random.below(2) }),
    // Statuses that are worth another attempt. Not 408, after which browsers repeat a request by themselves.
    () => ({ fault: 'status', status: random.oneOf([425, 429, 500, 502, 503, 504]), retryAfter: 0 }),
    () => ({ fault: 'pieces', sizes: random.list(1, 4, () => 1 + random.below(39)) }),
  ])()
}

function randomStream(random: Random): Case['numbered'] {
  return {
    // A stream that stays open is over for the test when it has sent something.
    total: 1 + random.below(29),
    schedule: random.list(0, 6, () => randomFault(random)),
    lineEnd: random.oneOf(['\n', '\r\n', '\r']),
    done: random.oneOf<Numbered['done'] & {}>(['noContent', { marker: '[DONE]' }, 'stayOpen']),
    pieces: random.below(3) > 0 ? [] : random.list(1, 4, () => 1 + random.below(59)),
    retry: random.below(2) > 0 ? random.below(10) : undefined,
  }
}

function randomCalls(random: Random): Case['calls'] {
  const name = () => random.oneOf<CallName>(['reconnect', 'pause', 'connectAgain'])
  const calls = new Map(random.list(1, 4, () => [1 + random.below(29), name()]))
  return [...calls].sort(([one], [other]) => one - other)
}

/** Cases that are simpler than this one in one respect. */
function simpler({ numbered, calls, isPrompt }: Case): Case[] {
  const { total, schedule } = numbered
  const changes: Partial<Case['numbered']>[] = [
    ...withoutOne(schedule).map((schedule) => ({ schedule })),
    ...(total > 1 ? [{ total: Math.ceil(total / 2) }, { total: total - 1 }] : []),
    ...(numbered.pieces?.length ? [{ pieces: [] }] : []),
    ...(numbered.retry === undefined ? [] : [{ retry: undefined }]),
    ...(numbered.lineEnd === '\n' ? [] : [{ lineEnd: '\n' as const }]),
    ...schedule.flatMap((fault, index) =>
      'after' in fault && fault.after > 0 ? [{ schedule: schedule.with(index, { ...fault, after: fault.after - 1 }) }] : [],
    ),
  ]
  return [
    ...withoutOne(calls).map((calls) => ({ numbered, calls, isPrompt })),
    ...changes.map((change) => ({ numbered: { ...numbered, ...change }, calls, isPrompt })),
  ]
}

/** What became of one client. */
interface Outcome {
  events: [id: string, data: string][]
  /** `null` if it was stuck. */
  close: string | null
  reports: unknown[]
}

/** Plays schedules. Browsers keep six connections to a server, so there are two of them. */
class Stage {
  readonly #page: Page
  readonly #servers: FaultServer[]
  #played = 0

  constructor(page: Page, servers: FaultServer[]) {
    this.#page = page
    this.#servers = servers
  }

  /** Looks for a schedule that breaks the rule. */
  async search(makeCase: (random: Random) => Case): Promise<void> {
    const seed = Date.now()
    const random = new Random(seed)
    for (let played = 0; played < CASES; played += AT_A_TIME) {
      const cases = Array.from({ length: AT_A_TIME }, () => makeCase(random))
      const failures = await this.play(cases)
      const broken = failures.findIndex((failure) => failure !== undefined)
      if (broken >= 0) await this.#fail(cases[broken]!, failures[broken]!, seed)
    }
  }

  /** Fails with the simplest schedule that still breaks the rule. */
  async #fail(failing: Case, failure: string, seed: number): Promise<never> {
    let last = failure
    const fails = async (it: Case) => {
      // A race is lost only now and then.
      for (let attempt = 0; attempt < 5; attempt++) {
        const [failure] = await this.play([it])
        if (failure === undefined) continue
        last = failure
        return true
      }
      return false
    }
    const simplest = await simplify(failing, simpler, fails, PATIENCE)
    throw new Error(`${last}\nwith ${JSON.stringify(simplest, null, 2)}\nseed ${seed}`)
  }

  /** Plays these schedules; returns how each broke the rule. */
  async play(cases: Case[]): Promise<(string | undefined)[]> {
    const places = cases.map((_, index) => {
      const server = this.#servers[index % this.#servers.length]!
      return { server, path: `/numbers/${this.#played++}` }
    })
    const parts = await Promise.all(
      cases.map(async ({ numbered, calls, isPrompt }, index) => {
        const { server, path } = places[index]!
        await server.numbered(path, numbered)
        const { total, done } = numbered
        const marker = typeof done === 'object' ? done.marker : undefined
        const method = isPrompt ? 'POST' : 'GET'
        return { url: server.url + path, total, marker, staysOpen: done === 'stayOpen', calls, method }
      }),
    )
    const outcomes = await this.#page.run(async (parts) => {
      const play = ({ url, total, marker, staysOpen, calls, method }: (typeof parts)[number]) =>
        new Promise<Outcome>((resolve) => {
          const it: any = new SSEClient(url, {
            method,
            parse: 'text',
            until: marker,
            backoff: { initial: 5, max: 30 },
            connectTimeout: 300,
            idleTimeout: 300,
          })
          const actions = {
            reconnect: () => it.reconnect(),
            pause: () => {
              it.pause()
              setTimeout(() => it.resume(), 3)
            },
            connectAgain: () => {
              it.disconnect()
              it.connect()
            },
          }
          const events: Outcome['events'] = []
          const reports: unknown[] = []
          const pending = new Map(calls)
          const end = (close: string | null) => {
            clearTimeout(timer)
            resolve({ events, close, reports: reports.slice(-40) })
            it.disconnect()
          }
          const timer = setTimeout(end, 10_000, null)
          it.on('message', (data: string, { id }: { id: string }) => {
            events.push([id, data])
            if (staysOpen && Number(id) === total) return end('client')
            const call = pending.get(Number(id))
            pending.delete(Number(id))
            if (!call) return
            reports.push(call)
            actions[call]()
          })
          it.on('state', ({ state }: any) => reports.push(state))
          it.on('error', ({ code, status }: any) => reports.push({ code, status }))
          it.on('retry', ({ delay }: any) => reports.push({ delay }))
          // A client that is disconnected here connects again.
          it.on('close', ({ reason }: any) => {
            if (reason !== 'client') end(reason)
          })
          it.connect()
        })
      const outcomes: Outcome[] = []
      const next = parts.entries()
      const player = async () => {
        for (const [index, part] of next) outcomes[index] = await play(part)
      }
      // Five for each of the two servers.
      await Promise.all(Array.from({ length: 10 }, player))
      return outcomes
    }, parts)
    return Promise.all(outcomes.map((outcome, index) => failureOf(outcome, cases[index]!, places[index]!)))
  }
}

/** Compares what arrived, and what the server saw, with the rule. */
async function failureOf(outcome: Outcome, it: Case, { server, path }: { server: FaultServer; path: string }) {
  const { total, done } = it.numbered
  const reason = done === 'noContent' ? 'no-content' : done === 'stayOpen' ? 'client' : 'done'
  const expected = Array.from({ length: total }, (_, index) => [String(index + 1), numberedData(index + 1)])
  const requests = (await server.exchangesTo(path)).map(({ lastEventId }) => lastEventId)
  const mostOpen = await server.mostOpenOf(path)
  const failure = it.isPrompt
    ? failureOfPrompt(outcome, it, expected, requests.length)
    : outcome.close !== reason
      ? `it closed with ${outcome.close} instead of ${reason}`
      : JSON.stringify(outcome.events) !== JSON.stringify(expected)
        ? `not every event of ${total} arrived once and in order: ${outcome.events.map(([id]) => id)}`
        : undefined
  const complaint = failure ?? (mostOpen > 1 ? `${mostOpen} requests were open at once` : undefined)
  if (complaint === undefined) return undefined
  return `${complaint}\nrequests after the IDs ${JSON.stringify(requests)}\nthe client reported ${JSON.stringify(outcome.reports)}`
}

/** Whether there were not more requests than allowed, and no part of an answer arrived twice. */
function failureOfPrompt(outcome: Outcome, it: Case, expected: unknown[][], requests: number): string | undefined {
  const { schedule } = it.numbered
  const first = schedule.findIndex((fault) => !wasNotProcessed(fault))
  const refusals = first < 0 ? schedule.length : first
  if (outcome.close === null) return 'it is stuck'
  if (requests > 1 + refusals) return `${requests} requests, and the first ${refusals} were not processed`
  const begins = JSON.stringify(outcome.events) === JSON.stringify(expected.slice(0, outcome.events.length))
  return begins ? undefined : `the answer begins again: ${JSON.stringify(outcome.events)}`
}

/** Whether the server says that it did not process the request. */
function wasNotProcessed(fault: NumberedFault): boolean {
  if (fault.fault !== 'status') return false
  return fault.status === 425 || fault.status === 429 || (fault.status === 503 && fault.retryAfter !== undefined)
}

test('every event arrives once and in order, whatever goes wrong', async ({ page, faults }) => {
  const stage = new Stage(page, [faults, await FaultServer.start()])
  await stage.search((random) => ({ numbered: randomStream(random), calls: [], isPrompt: false }))
})

test('every event arrives once and in order, whatever the application does', async ({ page, faults }) => {
  const stage = new Stage(page, [faults, await FaultServer.start()])
  await stage.search((random) => ({ numbered: randomStream(random), calls: randomCalls(random), isPrompt: false }))
})

test('a prompt reaches the server once, unless the server says that it did not process it', async ({ page, faults }) => {
  const stage = new Stage(page, [faults, await FaultServer.start()])
  await stage.search((random) => ({ numbered: randomStream(random), calls: [], isPrompt: true }))
})
