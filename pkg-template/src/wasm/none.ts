// The build without WebAssembly, as part of the script: for React Native, whose JavaScript engine has no WebAssembly.

export { instantiate } from './without-wasm.js'

/** The script contains that build, so none is loaded later. */
export const withoutWasm = undefined
