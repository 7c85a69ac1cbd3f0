// Replacements for `TextDecoder` and `TextEncoder`, which create the real ones when they are first used. The build puts them in
// their place, because Jest's jsdom has neither, and an import of the package must not fail.

export class TextDecoder {
  #given
  #decoder: globalThis.TextDecoder | undefined

  constructor(...given: ConstructorParameters<typeof globalThis.TextDecoder>) {
    this.#given = given
  }

  decode(...given: Parameters<globalThis.TextDecoder['decode']>): string {
    // The glue of wasm-bindgen calls this without arguments when it is imported.
    if (given.length === 0 && this.#decoder === undefined) return ''
    this.#decoder ??= new globalThis.TextDecoder(...this.#given)
    return this.#decoder.decode(...given)
  }
}

export class TextEncoder {
  #encoder: globalThis.TextEncoder | undefined

  encode(text: string): Uint8Array {
    const Encoder = globalThis.TextEncoder
    // An application may add listeners where there is no TextEncoder, as in Jest's jsdom. Each `%XX` of a URL is a byte of UTF-8.
    if (!Encoder) return Uint8Array.from(unescape(encodeURIComponent(text)), (unit) => unit.charCodeAt(0))
    this.#encoder ??= new Encoder()
    return this.#encoder.encode(text)
  }
}
