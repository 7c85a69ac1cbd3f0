// Views of the memory in which the parser finds bytes and leaves records.

/** Both must be read anew whenever the memory may have grown, which it may whenever a listener is called. */
export interface Views {
  readonly uint8: Uint8Array
  readonly int32: Int32Array
}

/** The build without WebAssembly has views of its own, because nothing detaches them when its memory grows. */
export const viewsOf = (memory: WebAssembly.Memory): Views =>
  'int32' in memory ? (memory as unknown as Views) : new WasmViews(memory)

/** Views of wasm's memory. When it grows they are detached, and their length is 0. */
class WasmViews implements Views {
  #memory: WebAssembly.Memory
  #uint8: Uint8Array = new Uint8Array(0)
  #int32 = new Int32Array(0)

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  get uint8(): Uint8Array {
    if (this.#uint8.length === 0) this.#uint8 = new Uint8Array(this.#memory.buffer)
    return this.#uint8
  }

  get int32(): Int32Array {
    if (this.#int32.length === 0) this.#int32 = new Int32Array(this.#memory.buffer)
    return this.#int32
  }
}
