// React Native, whose JavaScript engine has no WebAssembly.

export { instantiate } from './without-wasm.js'

export const withoutWasm = undefined
