// Observes the start of wasm modules.

/** The id of a custom section, which engines ignore. */
const CUSTOM = 0

let modules = 0

/**
 * Replaces `Module`, `Instance` and `instantiate` of a window's `WebAssembly`. `onInstance` is called with every instance; `unique` makes
 * every module differ in bytes that mean nothing, since engines remember what they have compiled.
 */
export function tapped(WebAssembly, { onInstance, unique = false }) {
  const { Module, Instance, instantiate } = WebAssembly
  const changed = (bytes) => (unique ? withSection(bytes, (modules += 1)) : bytes)
  // Functions, not classes: what they return are objects of the real ones, for `instanceof` too.
  // biome-ignore lint/complexity/useArrowFunction: an arrow function cannot be called with `new`.
  WebAssembly.Module = function (bytes) {
    return new Module(changed(bytes))
  }
  WebAssembly.Module.prototype = Module.prototype
  // biome-ignore lint/complexity/useArrowFunction: as above
  WebAssembly.Instance = function (module, imports) {
    const instance = new Instance(module, imports)
    onInstance?.(instance)
    return instance
  }
  WebAssembly.Instance.prototype = Instance.prototype
  WebAssembly.instantiate = async (bytes, imports) => {
    const made = await instantiate(changed(bytes), imports)
    onInstance?.(made.instance)
    return made
  }
}

/** The module with one more custom section: its id, its length, the length of its name, and the name. */
function withSection(source, n) {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
  const name = new TextEncoder().encode(String(n))
  const longer = new Uint8Array(bytes.length + 3 + name.length)
  longer.set(bytes)
  longer.set([CUSTOM, 1 + name.length, name.length, ...name], bytes.length)
  return longer
}
