import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** The processes that run. They end with this one, even if a test run is interrupted. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program. Its output is kept for {@link firstLine}. */
export function start(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  // An error is thrown where the program is used.
  child.once('error', () => running.delete(child))
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

/** Ends the process. */
export async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
