// Takes away what an engine lacks. The fragment of the address says which engine. A classic script, so that pages and
// workers can load it first.

const lacks = {
  // Before Chromium 114: the main thread compiles at most 4 KB at once.
  'chromium-113': () => {
    const { Module } = WebAssembly
    WebAssembly.Module = function (bytes) {
      if (bytes.byteLength > 4096) throw new RangeError('WebAssembly.Compile is disallowed on the main thread')
      return new Module(bytes)
    }
  },
  // Before Safari 16.4: no vectors. The wasm of the package has some, and there is no other one in the page.
  'safari-16.3': () => {
    const fail = () => {
      throw new WebAssembly.CompileError('invalid opcode 253')
    }
    WebAssembly.Module = function () {
      fail()
    }
    for (const name of ['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming']) {
      WebAssembly[name] = async () => fail()
    }
  },
  // Before Safari 15.4.
  'safari-15.0': () => {
    delete AbortSignal.prototype.throwIfAborted
    delete Array.prototype.findLast
    lacks['safari-16.3']()
  },
  // The Lockdown Mode of iOS, and other engines without a compiler.
  'none': () => {
    delete globalThis.WebAssembly
  },
}

lacks[location.hash.slice(1)]()
