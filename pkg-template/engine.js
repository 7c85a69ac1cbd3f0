// What the class runs on: the wasm, once it is there, and the glue to it. Shared by the entries, which differ in how they
// come by it.

import * as glue from 'sse-fetch-wasm'

/** What the wasm imports, under the name wasm-bindgen gives it. */
export const imports = { './sse_fetch_bg.js': glue }

export function engineOf({ exports }) {
  glue.__wbg_set_wasm(exports)
  exports.__wbindgen_start()
  return { Machine: glue.Machine, Scanner: glue.Scanner, memory: exports.memory }
}
