// A page for chats, in a Chromium that was just started.

import { Session } from '../../tests/webdriver/session.ts'
import type { ChatJob, ChatPage } from '../engine/measure.ts'
import { callPage, devTools, OPTIONS, taskDuration } from './browser.ts'
import { longestTask, type TraceEvent } from './trace.ts'

/** Which events of Chromium's trace are recorded: tasks, and the marks that the page sets when chats begin. */
const TRACE = 'disabled-by-default-devtools.timeline,blink.user_timing'

/**
 * Starts a browser and opens the page. Everything is fresh, so that no cache helps a library: neither one of the network nor those of
 * compiled code, which browsers keep on disk and in the process of a page.
 */
export async function openChatPage(address: string, throttling: number, traced: boolean): Promise<ChatPage> {
  const session = await Session.start('chromium', { ...OPTIONS, ...(traced && { chromiumTrace: TRACE }) })
  try {
    await session.open(address)
    await devTools(session, 'Emulation.setCPUThrottlingRate', { rate: throttling })
    if (!traced) await devTools(session, 'Performance.enable', { timeDomain: 'threadTicks' })
  } catch (error) {
    await session.end()
    throw error
  }
  const trace: TraceEvent[] = []
  let runs = 0
  return {
    async run(job: ChatJob) {
      const before = traced ? 0 : await taskDuration(session)
      const outcome = await callPage(session, 'return globalThis.chat(argument)', job)
      if (!traced) return { ...outcome, busyMs: (await taskDuration(session)) - before }
      // The first call ends the recording, and the events may come with the second.
      for (let n = 0; n < 2; n += 1) trace.push(...(await recorded(session)))
      runs += 1
      return { ...outcome, longestMs: longestTask(trace, runs) }
    },
    end: () => session.end(),
  }
}

async function recorded(session: Session): Promise<TraceEvent[]> {
  const entries: { message: string }[] = await session.command('POST', 'se/log', { type: 'performance' })
  const messages = entries.map(({ message }) => JSON.parse(message).message)
  return messages.filter(({ method }) => method === 'Tracing.dataCollected').map(({ params }) => params)
}
