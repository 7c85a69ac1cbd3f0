// Measures everything in one browser.

import { isChat, OURS } from '../engine/catalogue.ts'
import { chatRowsOf, measureChats, measureMemory, measureRow, measureStart, messageOf, rowOf } from '../engine/measure.ts'
import { type Plan, subjectsOf } from '../engine/plan.ts'
import type { Measured } from '../engine/thresholds.ts'
import type { Page } from './page.ts'
import { overBaseline, ratioOf } from './tables.ts'

/** What fails is one of the failures, unless no browser starts at all. A failure ends the browser; the next row starts another. */
export async function measureAll(page: Page, plan: Plan): Promise<Measured> {
  const { engine } = page
  const failures: string[] = []
  const tell = (text: string) => console.error(`  ${engine.padEnd(9)} ${text}`)
  const attempt = async <T>(what: string, measure: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await measure()
    } catch (error) {
      const failure = `${what}: ${messageOf(error)}`
      tell(failure)
      failures.push(failure)
      await page.end()
      return undefined
    }
  }

  try {
    await page.renew()
    const [catalogue, userAgent] = [await page.benchmark.list(), await page.userAgent()]
    // Only Chromium reports how busy the main thread is, and slows down the CPU.
    const rows = subjectsOf(plan, catalogue)
      .filter((subject) => engine === 'chromium' || !isChat(subject))
      .map((subject) => rowOf(subject, catalogue))
    for (const pair of chatRowsOf(rows)) {
      const { first, later } = pair
      const done = await attempt(first.sentence, async () => {
        await measureChats(page, pair, plan)
        return true
      })
      if (!done) for (const row of [first, later]) row.fail('the row was not measured to its end')
      for (const row of [first, later]) tell(`${'chat'.padEnd(8)} ${row.sentence.padEnd(46)} ${overBaseline(row, OURS)}`)
    }
    for (const row of rows.filter(({ subject }) => !isChat(subject))) {
      const done = await attempt(row.sentence, async () => {
        await measureRow(page, row, plan)
        return true
      })
      if (!done) row.fail('the row was not measured to its end')
      tell(`${row.subject.kind.padEnd(8)} ${row.sentence.padEnd(46)} ${ratioOf(row) ?? 'no ratio'}`)
    }
    const startMs = plan.starts === 0 ? [] : ((await attempt('start', () => measureStart(page, plan.starts))) ?? [])
    const memory = plan.memoryEvents === 0 ? undefined : await attempt('memory', () => measureMemory(page, plan.memoryEvents))
    return { engine, userAgent, catalogue, rows, networkEvents: plan.networkEvents, startMs, memory, failures }
  } finally {
    await page.end()
  }
}
