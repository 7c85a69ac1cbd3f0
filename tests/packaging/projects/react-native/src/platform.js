// What a React Native application has, and Hermes alone has not. Must be imported first.

import 'abort-controller/polyfill'
import { TextDecoder, TextEncoder } from 'text-encoding'
import { Headers, Response } from 'whatwg-fetch'

/** Takes absolute URLs apart. */
class URL {
  username = ''
  password = ''

  constructor(url) {
    const [, protocol, host] = /^(https?:)\/\/([^/?#]+)/.exec(url)
    Object.assign(this, { href: url, protocol, host, origin: `${protocol}//${host}` })
  }

  toString() {
    return this.href
  }
}

// Hermes of the command line has no event loop. No other timer of this program may fire.
const setTimeout = (callback, delay = 0) => delay < 1 && Promise.resolve().then(callback)

Object.assign(globalThis, { Headers, Response, TextDecoder, TextEncoder, URL, setTimeout, clearTimeout() {} })
