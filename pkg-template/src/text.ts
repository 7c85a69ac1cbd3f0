// Stand-ins for `TextDecoder` and `TextEncoder` that create the real ones when they are first used, put in their place when
// the package is bundled. Jest's jsdom has neither, and importing the package must do nothing, not even fail.

export class TextDecoder {
  #given
  #decoder: globalThis.TextDecoder | undefined

  constructor(...given: ConstructorParameters<typeof globalThis.TextDecoder>) {
    this.#given = given
  }

  decode(...given: Parameters<globalThis.TextDecoder['decode']>): string {
    // wasm-bindgen's glue calls it as soon as it is imported, with nothing to decode.
    if (given.length === 0 && this.#decoder === undefined) return ''
    this.#decoder ??= new globalThis.TextDecoder(...this.#given)
    return this.#decoder.decode(...given)
  }
}

export class TextEncoder {
  #encoder: globalThis.TextEncoder | undefined

  encode(text: string): Uint8Array {
    const Encoder = globalThis.TextEncoder
    // Listeners can be added where there is no TextEncoder, as in Jest's jsdom. Each `%XX` of a URL is a byte of UTF-8.
    if (!Encoder) return Uint8Array.from(unescape(encodeURIComponent(text)), (unit) => unit.charCodeAt(0))
    this.#encoder ??= new Encoder()
    return this.#encoder.encode(text)
  }
}
