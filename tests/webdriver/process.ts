import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

const hasGroups = process.platform !== 'win32'

/** The processes that run. They end with this one, even if a test run is interrupted. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) kill(child, 'SIGKILL')
})
// When a run is interrupted, the processes of Vitest lose their connection to it.
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => process.exit(1))

/** Starts a program. Its standard output is a pipe. */
export function start(program: string, args: string[], options: SpawnOptions = {}): ChildProcess {
  // In a group of its own, so that the processes it starts can be ended with it.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: hasGroups, ...options })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** The first line that the program prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnfile} ended before it was ready`)
  })
  const [line] = await Promise.race([once(child.stdout!, 'data'), ended])
  ended.catch(() => {})
  return String(line).trim()
}

/** Ends the process, and those that it started. */
export async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return
  const exit = once(child, 'exit')
  kill(child, 'SIGKILL')
  await exit
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals) {
  try {
    process.kill(hasGroups ? -pid! : pid!, signal)
  } catch {
    // It has ended already.
  }
}
