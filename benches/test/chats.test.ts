// Chats: one page for each library and repetition, what they cost beyond the baseline, and which figures have thresholds.

import assert from 'node:assert/strict'
import { test } from 'vitest'

import { toJson } from '../command/json.ts'
import { overBaseline, tables } from '../command/tables.ts'
import { longestTask } from '../command/trace.ts'
import { BASELINE, OURS, PARSER, type Subject } from '../engine/catalogue.ts'
import { type ChatJob, type ChatRows, chatRowsOf, type Host, measureChats } from '../engine/measure.ts'
import { FULL, PARTS, restricted, subjectsOf } from '../engine/plan.ts'
import { newEntry, Row } from '../engine/row.ts'
import { isMet, thresholds } from '../engine/thresholds.ts'
import { browserPlots } from '../plots/browser.ts'
import { measuredIn } from './results.ts'

const USUAL = 'fetch-event-source'
const PLAN = { ...FULL, chatRounds: 3, longestRounds: 1, firstEvents: 30, laterChats: 2, laterEvents: 5 }

const subject = (kind: 'first-chat' | 'later-chat', throttling = 1): Subject => {
  return { kind, workload: kind, title: kind, chunking: '', label: `rate ${throttling}`, throttling }
}

function rowsWith(names: string[], throttling = 1): ChatRows {
  const row = (kind: 'first-chat' | 'later-chat') =>
    new Row(
      subject(kind, throttling),
      names.map((name) => newEntry(name)),
    )
  return { first: row('first-chat'), later: row('later-chat') }
}

/** A host whose pages keep the main thread busy for so many ms per chat; `asked` has what they were asked for. */
function hostWith(busy: Record<string, number>, change: (job: ChatJob, asked: number) => object = () => ({})) {
  const pages: { throttling: number; traced: boolean; jobs: ChatJob[]; ended: boolean }[] = []
  let asked = 0
  const openChat: Host['openChat'] = async (throttling, traced) => {
    const page = { throttling, traced, jobs: [] as ChatJob[], ended: false }
    pages.push(page)
    return {
      async run(job) {
        page.jobs.push(job)
        asked += 1
        const events = job.library === BASELINE ? 0 : job.count * job.chats
        const times = traced ? { longestMs: 7 } : { busyMs: busy[job.library]! * job.chats }
        return { ms: 50 * job.chats, events, checksum: `${job.verified ?? false}`, ...times, ...change(job, asked) }
      },
      async end() {
        page.ended = true
      },
    }
  }
  return { host: { openChat } as unknown as Host, pages }
}

const BUSY = { [OURS]: 12, [USUAL]: 6, [BASELINE]: 2 }

test('each library has its chats in fresh pages, which are closed', async () => {
  const { host, pages } = hostWith(BUSY)
  const rows = rowsWith(Object.keys(BUSY), 6)
  await measureChats(host, rows, PLAN)
  assert.ok(pages.every(({ ended }) => ended))
  // Compared, three rounds, and one with a trace.
  assert.equal(pages.length, 3 * 5)
  const kinds = pages.map(({ throttling, traced, jobs }) => `${throttling} ${traced} ${jobs[0]!.verified ?? false}`)
  const times = (n: number, kind: string) => Array(n).fill(kind)
  assert.deepEqual(kinds, [...times(3, '1 false true'), ...times(9, '6 false false'), ...times(3, '6 true false')])
  for (const { jobs } of pages) {
    const { library } = jobs[0]!
    assert.deepEqual(
      jobs.map(({ library, count, chats, from }) => ({ library, count, chats, from })),
      [
        { library, count: 30, chats: 1, from: 0 },
        { library, count: 5, chats: 2, from: 30 },
      ],
    )
    assert.match(jobs[0]!.url, /count=30&per_write=1&interval=1$/)
  }
})

test('a chat costs what it takes beyond the baseline, and a later one is one of many', async () => {
  const { host } = hostWith(BUSY)
  const { first, later } = rowsWith(Object.keys(BUSY))
  await measureChats(host, { first, later }, PLAN)
  for (const row of [first, later]) {
    assert.deepEqual(row.spread(OURS, 'busyMs')?.samples, 3)
    assert.equal(row.time(OURS), 10)
    assert.equal(row.times(USUAL), 0.4)
    assert.deepEqual(row.entry(OURS)!.longestMs, [7])
    assert.equal(row.entry(OURS)!.ms[0], 50)
  }
})

test('a library that misses events is void and not timed', async () => {
  const few = hostWith(BUSY, ({ library }) => (library === USUAL ? { events: 29 } : {}))
  const { first, later } = rowsWith(Object.keys(BUSY))
  await measureChats(few.host, { first, later }, PLAN)
  assert.equal(first.entry(USUAL)!.void, '29 events instead of 30')
  assert.equal(later.entry(USUAL)!.void, '29 events instead of 10')
  assert.equal(few.pages.filter(({ jobs }) => jobs[0]?.library === USUAL).length, 1)
  assert.equal(first.time(OURS), 10)
})

test('a library whose page fails, or that reports something else later, is void in both rows', async () => {
  const names = [OURS, PARSER, 'broken', 'fickle', BASELINE]
  const { host } = hostWith({ ...BUSY, [PARSER]: 3, broken: 3, fickle: 3 }, ({ library, chats }, asked) => {
    if (library === 'broken') throw new Error('it crashed')
    return library === 'fickle' && chats === 1 && asked > 20 ? { checksum: 'other' } : {}
  })
  const { first, later } = rowsWith(names)
  await measureChats(host, { first, later }, PLAN)
  assert.equal(first.entry('broken')!.void, 'it crashed')
  assert.equal(later.entry('broken')!.void, 'it crashed')
  assert.equal(first.entry('fickle')!.void, 'not the same every time: other data than the rest')
  assert.equal(first.entry(PARSER)!.void, undefined)
})

test('without a baseline there are no figures of chats', async () => {
  const { host } = hostWith(BUSY, ({ library }) => {
    if (library === BASELINE) throw new Error('nothing was sent')
    return {}
  })
  const { first, later } = rowsWith(Object.keys(BUSY))
  await measureChats(host, { first, later }, PLAN)
  for (const row of [first, later]) assert.equal(row.entry(OURS)!.void, `${BASELINE}: nothing was sent`)
})

/** Chats of which each library took so many ms, at this speed. */
function chats(throttling: number, first: Record<string, number>, later: Record<string, number>): Row[] {
  const row = (kind: 'first-chat' | 'later-chat', busy: Record<string, number>) =>
    new Row(
      subject(kind, throttling),
      Object.entries(busy).map(([name, ms]) => ({ ...newEntry(name), busyMs: [ms, ms, ms], longestMs: [ms / 4] })),
    )
  return [row('first-chat', first), row('later-chat', later)]
}

test('thresholds of chats compare what is above the baseline', () => {
  const first = { [OURS]: 26, [USUAL]: 14, [PARSER]: 13, [BASELINE]: 10 }
  const later = { [OURS]: 3, [USUAL]: 3, [PARSER]: 2.5, [BASELINE]: 2 }
  const rows = [...chats(1, first, later), ...chats(6, { ...first, [OURS]: 30 }, later)]
  const measured = { ...measuredIn('chromium'), rows }
  const all = thresholds([measured], []).filter(({ what }) => what.includes('chat'))
  assert.deepEqual(
    all.map(({ what, figure }) => [what, figure]),
    [
      ['one chat in a fresh page, rate 1: more than fetch-event-source', 12],
      ['one chat in a fresh page: longest task', 6.5],
      ['each later chat: of fetch-event-source', 1],
      ['each later chat: of eventsource-parser', 2],
      ['one chat in a fresh page, rate 6: more than fetch-event-source', 16],
    ],
  )
  assert.deepEqual(all.map(isMet), [false, false, true, false, true])
  assert.equal(overBaseline(rows[0]!, OURS), '16.00 ± 0.00')
  const text = tables([measured], [], all)
  for (const part of ['Chats, rate 1', '16.00 ± 0.00', '(10.00)', 'Chats, rate 6']) assert.ok(text.includes(part), text)
})

test('the plot of chats has a bar for each library but the baseline', () => {
  const rows = chats(1, { [OURS]: 26, [USUAL]: 9, [BASELINE]: 10 }, { [OURS]: 3, [USUAL]: 3, [BASELINE]: 2 })
  const browsers = [{ ...measuredIn('chromium'), rows }]
  const results = { plan: PLAN, browsers, sizes: [], thresholds: [], failures: [] }
  const plot = browserPlots(JSON.parse(JSON.stringify(toJson(results))))['browser-chat.svg']!
  for (const figure of ['16.00 ms', '-1.00 ms', '1.00 ms']) assert.ok(plot.includes(figure), figure)
  assert.ok(!plot.includes(`>${BASELINE}<`))
})

test('a peer that cannot be told apart from the baseline is no measure', () => {
  const rows = chats(1, { [OURS]: 3, [USUAL]: 2, [BASELINE]: 2 }, { [OURS]: 3, [USUAL]: 2, [BASELINE]: 2 })
  const all = thresholds([{ ...measuredIn('chromium'), rows }], [])
  assert.equal(all.find(({ what }) => what === 'each later chat: of fetch-event-source')!.figure, undefined)
})

test('the longest task is that of the thread that marked the chats, after the mark', () => {
  const task = (tid: number, ts: number, dur: number, tdur: number) => ({ name: 'RunTask', pid: 1, tid, ts, dur, tdur })
  const mark = (ts: number) => ({ name: 'chats', pid: 1, tid: 7, ts })
  const trace = [
    task(7, 0, 90_000, 80_000),
    // The task in which the mark was set.
    task(7, 99_000, 3_000, 2_500),
    mark(100_000),
    task(8, 101_000, 50_000, 40_000),
    task(7, 110_000, 30_000, 4_000),
    mark(200_000),
    task(7, 210_000, 1_000, 900),
  ]
  assert.equal(longestTask(trace, 2), 0.9)
  assert.equal(longestTask(trace.slice(0, 5), 1), 4)
  assert.equal(longestTask(trace.slice(0, 3), 1), 2.5)
  assert.equal(longestTask([], 1), undefined)
})

test('the chats are the first rows, and each part can be measured by itself', () => {
  const library = { name: OURS, version: '1', kinds: ['first-chat', 'later-chat'], skips: {}, flaws: {} }
  const workloads = [{ name: 'chat', title: 'Chat', chunkings: [{ name: '64k', json: true }] }]
  const kinds = (parts: readonly (typeof PARTS)[number][]) =>
    subjectsOf(restricted(FULL, parts), { libraries: [library], workloads }).map(({ kind }) => kind)
  const chat = ['first-chat', 'later-chat', 'first-chat', 'later-chat']
  const network = ['network', 'network-all', 'network', 'network-all']
  assert.deepEqual(kinds(PARTS), [...chat, 'parse', 'json', ...network])
  assert.deepEqual(kinds(['chat']), chat)
  assert.deepEqual(kinds(['json', 'network']), ['json', ...network])
  assert.deepEqual(kinds(['start']), [])
  assert.deepEqual([restricted(FULL, ['start']).starts, restricted(FULL, ['chat']).starts], [FULL.starts, 0])
  assert.deepEqual([restricted(FULL, ['memory']).memoryEvents, restricted(FULL, ['chat']).memoryEvents], [FULL.memoryEvents, 0])
  const pairs = chatRowsOf(subjectsOf(FULL, { libraries: [library], workloads }).map((subject) => new Row(subject, [])))
  assert.deepEqual(
    pairs.map(({ first, later }) => [first.subject.throttling, later.subject.throttling]),
    [
      [1, 1],
      [6, 6],
    ],
  )
})
