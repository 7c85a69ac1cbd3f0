// Reads Chromium's trace.

/** An event of the trace; times are in microseconds. */
export interface TraceEvent {
  name: string
  pid: number
  tid: number
  ts: number
  /** How long it took, and how much of that was CPU time. */
  dur?: number
  tdur?: number
}

/** The name of the mark that the page sets when chats begin. */
const MARK = 'chats'

/** The longest task, in ms of CPU time, of the thread that set the nth mark, after it. Undefined if the trace has none. */
export function longestTask(trace: readonly TraceEvent[], nth: number): number | undefined {
  const marks = trace.filter(({ name }) => name === MARK).sort((one, other) => one.ts - other.ts)
  const mark = marks[nth - 1]
  if (!mark) return undefined
  const tasks = trace.filter(
    ({ name, pid, tid, ts, dur = 0 }) => name === 'RunTask' && pid === mark.pid && tid === mark.tid && ts + dur > mark.ts,
  )
  const times = tasks.map(({ tdur = 0 }) => tdur / 1000)
  return times.length > 0 ? Math.max(...times) : undefined
}
