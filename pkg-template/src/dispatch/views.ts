// Views of the memory in which the parser finds bytes and leaves records.

/**
 * Both must be read anew after each call into the parser and after each call of a listener, because the memory may have grown. Only
 * the records of the current batch can also be read from an older view: until the next call into this parser they do not change.
 */
export interface Views {
  readonly uint8: Uint8Array
  readonly int32: Int32Array
}

/** The build without WebAssembly has views of its own: it replaces them when its memory grows, because nothing detaches the old ones. */
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
