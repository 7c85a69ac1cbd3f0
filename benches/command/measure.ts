// Measures everything in one browser.

import { measureMemory, measureRow, measureStart, messageOf, rowOf } from '../engine/measure.ts'
import { type Plan, subjectsOf } from '../engine/plan.ts'
import type { Measured } from '../engine/thresholds.ts'
import type { Page } from './page.ts'
import { ratioOf } from './tables.ts'

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
    const rows = subjectsOf(plan, catalogue).map((subject) => rowOf(subject, catalogue))
    for (const row of rows) {
      const done = await attempt(row.sentence, async () => {
        await measureRow(page, row, plan)
        return true
      })
      if (!done) row.fail('the row was not measured to its end')
      tell(`${row.subject.kind.padEnd(8)} ${row.sentence.padEnd(46)} ${ratioOf(row) ?? 'no ratio'}`)
    }
    const startMs = (await attempt('start', () => measureStart(page, plan.starts))) ?? []
    const memory = await attempt('memory', () => measureMemory(page, plan.memoryEvents))
    return { engine, userAgent, catalogue, rows, networkEvents: plan.networkEvents, startMs, memory, failures }
  } finally {
    await page.end()
  }
}
