// The promises that `connect()` and `reconnect()` return.

interface Deferred {
  promise: Promise<void>
  resolve: () => void
  reject: (error: Error) => void
}

const ignore = () => {}

export class ConnectPromises {
  #current: Deferred | undefined
  /** The promises of connections that are over, but whose `close` event is not reported yet. */
  #ended: Deferred[] = []

  /** The promise of the current connection. */
  get promise(): Promise<void> {
    this.#current ??= deferred()
    return this.#current.promise
  }

  /** The current connection is over, but its `close` event is not reported yet. The next promise belongs to another connection. */
  separate(): void {
    if (this.#current) this.#ended.push(this.#current)
    this.#current = undefined
  }

  resolve(): void {
    for (const { resolve } of this.#take(true)) resolve()
  }

  /** Rejects the promises of connections that are over, and that of the current one if it is over as well. */
  reject(isOver: boolean, error: () => Error): void {
    for (const { reject } of this.#take(isOver)) reject(error())
  }

  /** Rejects the current promise alone. */
  abort(error: () => Error): void {
    this.#current?.reject(error())
    this.#current = undefined
  }

  #take(all: boolean): Deferred[] {
    if (all) this.separate()
    return this.#ended.splice(0)
  }
}

function deferred(): Deferred {
  const it: any = {}
  it.promise = new Promise<void>((resolve, reject) => Object.assign(it, { resolve, reject }))
  // An application need not await the promise.
  it.promise.catch(ignore)
  return it
}
