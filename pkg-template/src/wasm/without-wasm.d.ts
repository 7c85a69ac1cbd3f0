// The build without WebAssembly, which xtask makes of the wasm (xtask/src/package/without_wasm.rs).

/** Makes the same as `new WebAssembly.Instance` would of the wasm. */
export function instantiate(imports: WebAssembly.Imports): WebAssembly.Instance
