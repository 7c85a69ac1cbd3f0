// The classes of the wasm, and what connects them with an instance of it. Each method calls the function of the wasm that
// pkg-template/wasm/src/exports.rs defines for it. The build replaces the names after `wasm.` by those of the optimised wasm, and the
// name of the module by one with the version of the package.

/** The exports of the wasm. */
let wasm: any

/** The imports of the wasm. The function does nothing: a wasm that needs it links only with a script of the same version. */
export const imports: WebAssembly.Imports = { sse_fetch: { version() {} } }

/** Connects the classes with an instance of the wasm. Returns its memory. */
export function attach(exports: WebAssembly.Exports): WebAssembly.Memory {
  wasm = exports
  wasm.start()
  return wasm.memory
}

/** Frees what a handle that was collected has left in the memory of the wasm. */
const registry = typeof FinalizationRegistry === 'function' ? new FinalizationRegistry<() => void>((free) => free()) : undefined

class Handle {
  readonly address: number

  constructor(address: number, free: (address: number) => void) {
    this.address = address
    registry?.register(this, () => free(address))
  }
}

/** One parser (its methods are described in src/bindings). Results that may be 2^31 or more are made positive. */
export class ParserHandle extends Handle {
  constructor(eventLimit: number, emptyEvents: boolean) {
    super(wasm.parser_new(eventLimit, emptyEvents), wasm.parser_free)
  }

  reset(): void {
    wasm.parser_reset(this.address)
  }

  release(): void {
    wasm.parser_release(this.address)
  }

  name(length: number): number {
    return wasm.parser_name(this.address, length) >>> 0
  }

  listen(): number {
    return wasm.parser_listen(this.address)
  }

  forget(slot: number): void {
    wasm.parser_forget(this.address, slot)
  }

  ignoredLines(): number {
    return wasm.parser_ignored_lines(this.address)
  }

  distinguishExplicitMessage(): number {
    return wasm.parser_distinguish_explicit_message(this.address)
  }

  wantComments(wanted: boolean): void {
    wasm.parser_want_comments(this.address, wanted)
  }

  window(): number {
    return wasm.parser_window(this.address)
  }

  reserve(length: number): number {
    return wasm.parser_reserve(this.address, length) >>> 0
  }

  parse(length: number): number {
    return wasm.parser_parse(this.address, length)
  }

  nextBatch(): number {
    return wasm.parser_next_batch(this.address)
  }

  retry(): number {
    return wasm.parser_retry(this.address)
  }

  toUtf16(): void {
    wasm.parser_to_utf16(this.address)
  }
}

/** One session (its methods are described in src/bindings). */
export class SessionHandle extends Handle {
  constructor(seed: number, isGetOrHead: boolean) {
    super(wasm.session_new(seed, isGetOrHead), wasm.session_free)
  }

  setOption(option: number, value: number): void {
    wasm.session_set_option(this.address, option, value)
  }

  handle(now: number, input: number, attempt: number, detail: number): void {
    wasm.session_handle(this.address, now, input, attempt, detail)
  }

  head(now: number, attempt: number, status: number, isEventStream: boolean, retryAfter: number): void {
    wasm.session_head(this.address, now, attempt, status, isEventStream, retryAfter)
  }

  wants(): number {
    return wasm.session_wants(this.address)
  }

  pollEvent(): number {
    return wasm.session_poll_event(this.address)
  }

  field(index: number): number {
    return wasm.session_field(this.address, index)
  }

  state(): number {
    return wasm.session_state(this.address)
  }

  retryCount(): number {
    return wasm.session_retry_count(this.address) >>> 0
  }
}
