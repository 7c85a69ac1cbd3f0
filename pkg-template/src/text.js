// Stand-ins for `TextDecoder` and `TextEncoder` that come by the real ones when they are first used, put in their place when
// the package is bundled. Jest's jsdom has neither, and importing the package must do nothing, not even fail.

export class TextDecoder {
  #given
  #decoder

  constructor(...given) {
    this.#given = given
  }

  decode(...given) {
    // wasm-bindgen's glue decodes nothing as soon as it is imported.
    if (given.length === 0 && this.#decoder === undefined) return ''
    this.#decoder ??= new globalThis.TextDecoder(...this.#given)
    return this.#decoder.decode(...given)
  }
}

export class TextEncoder {
  #encoder

  encode(text) {
    const Encoder = globalThis.TextEncoder
    // Listeners can be added where there is no TextEncoder, as in Jest's jsdom. Each `%XX` of a URL is a byte of UTF-8.
    if (!Encoder) return Uint8Array.from(unescape(encodeURIComponent(text)), (unit) => unit.charCodeAt())
    this.#encoder ??= new Encoder()
    return this.#encoder.encode(text)
  }
}
