// § 9.2.2, the interface: what WebIDL and the attributes' definitions say. A comment repeats the standard in other words.

import { answer, ending, gate, holds, same, silence, stream, thrown } from './eventsource.js'

const CONSTANTS = { CONNECTING: 0, OPEN: 1, CLOSED: 2 }

const ATTRIBUTES = ['url', 'withCredentials', 'readyState', 'onopen', 'onmessage', 'onerror']

export const cases = {
  /** It inherits from `EventTarget`. */
  it_is_an_event_target({ EventSource }) {
    same(EventSource.name, 'EventSource')
    holds(Object.getPrototypeOf(EventSource) === EventTarget)
    holds(Object.getPrototypeOf(EventSource.prototype) === EventTarget.prototype)
  },

  /** The constructor is one. */
  it_is_made_with_new({ EventSource }) {
    same(thrown(() => EventSource('http://127.0.0.1:1/')).name, 'TypeError')
    same(EventSource.length, 1)
  },

  /** The URL is no optional argument. */
  a_url_is_required({ EventSource }) {
    same(thrown(() => new EventSource()).name, 'TypeError')
  },

  /** The URL is a `USVString`: anything is converted to a string. */
  the_url_is_converted_to_a_string(bench) {
    const url = bench.url(stream())
    same(bench.watch(new URL(url)).source.url, url)
    same(bench.watch({ toString: () => url, valueOf: () => 'http://127.0.0.1:1/' }).source.url, url)
    same(thrown(() => bench.watch(Symbol('u'))).name, 'TypeError')
    const own = new RangeError('no')
    holds(thrown(() => bench.watch({ toString() { throw own } })) === own)
  },

  /** A `USVString` has no lone surrogates: U+FFFD takes their place. */
  half_a_character_in_the_url_is_replaced(bench) {
    const { source } = bench.watch(`${bench.url(stream())}&half=\ud83e&whole=\u{1f980}`)
    holds(source.url.endsWith('&half=%EF%BF%BD&whole=%F0%9F%A6%80'), source.url)
  },

  /** The second argument is an optional dictionary, for which `undefined` and `null` are empty ones. */
  the_dictionary_may_be_left_out(bench) {
    const url = bench.url(stream())
    same(new Set([bench.watch(url), bench.watch(url, null)].map(({ source }) => source.withCredentials)).has(true), false)
    const source = new bench.EventSource(url, undefined)
    source.close()
    same(source.withCredentials, false)
  },

  /** A dictionary is made of an object or nothing. */
  a_dictionary_that_is_no_object_is_refused(bench) {
    for (const wrong of [1, 'x', true, false, '', Symbol('s'), 1n]) {
      same(thrown(() => bench.watch(bench.url(stream()), wrong)).name, 'TypeError', String(wrong))
    }
  },

  /** `withCredentials` is a boolean, false by default; what was given is converted, wherever it is inherited from. */
  with_credentials_is_converted_to_a_boolean(bench) {
    const url = bench.url(stream())
    const truthy = [true, 1, 'false', {}]
    const falsy = [false, 0, '', null, undefined, NaN]
    for (const given of truthy) same(bench.watch(url, { withCredentials: given }).source.withCredentials, true, String(given))
    for (const given of falsy) same(bench.watch(url, { withCredentials: given }).source.withCredentials, false, String(given))
    same(bench.watch(url, Object.create({ withCredentials: true })).source.withCredentials, true)
  },

  /** Arguments are converted before anything is done with them, and the errors of that go to the caller. */
  arguments_are_converted_first(bench) {
    same(thrown(() => bench.watch('http://[', 1)).name, 'TypeError')
    const own = new RangeError('no')
    holds(thrown(() => bench.watch('http://[', { get withCredentials() { throw own } })) === own)
  },

  /** Constructor, step 3: the URL is resolved against the base of the settings object: of the document or of the worker. */
  a_relative_url_is_resolved(bench) {
    if (!bench.hasOrigin) return
    const relative = bench.url(stream()).replace(location.origin, '').slice(1)
    same(bench.watch(relative).source.url, new URL(relative, location.href).href)
    same(bench.watch('').source.url, location.href)
    same(bench.watch('?q#f').source.url, new URL('?q#f', location.href).href)
    if (!bench.isPage) return
    const base = document.head.appendChild(document.createElement('base'))
    bench.finally(() => base.remove())
    base.href = '/deep/down/'
    same(bench.watch('here').source.url, `${location.origin}/deep/down/here`)
  },

  /** Constructor, step 4: what cannot be parsed is a "SyntaxError" `DOMException`. */
  a_url_that_cannot_be_parsed_is_a_syntax_error(bench) {
    for (const wrong of ['http://[', 'http://127.0.0.1:99999/', 'http://127.0.0.1:port/']) {
      const error = thrown(() => bench.watch(wrong))
      holds(error instanceof DOMException, wrong)
      same([error.name, error.code], ['SyntaxError', 12], wrong)
    }
  },

  /** Constructor, step 3: base or not, an absolute URL is what it is. The `url` getter serialises it. */
  the_url_attribute_is_the_serialised_url(bench) {
    const url = bench.url(stream())
    const { origin } = new URL(url)
    const source = bench.watch(`  ${url.replace('http://', 'HTTP://').replace('/plan', '/./a/../plan')}&a b#frag ment\n`).source
    same(source.url, `${url}&a%20b#frag%20ment`)
    same(new URL(source.url).origin, origin)
  },

  /** The `url` getter serialises the object's URL, which a redirect is not. */
  async the_url_attribute_stays_when_redirected(bench) {
    const url = bench.url(answer(302, { location: bench.url(ending('data: x\n\n')) }))
    const watched = bench.watch(url)
    await watched.waitFor('message')
    same(watched.source.url, url)
  },

  /** `withCredentials` stays what it was initialised to: true only if the dictionary said so. */
  with_credentials_cannot_be_changed(bench) {
    const { source } = bench.watch(bench.url(stream()))
    thrown(() => { 'use strict'; source.withCredentials = true })
    same(source.withCredentials, false)
  },

  /** The object begins as CONNECTING. */
  ready_state_is_connecting_at_first(bench) {
    same(bench.watch(bench.url(stream())).source.readyState, 0)
  },

  /** CONNECTING: the connection has not been established yet. */
  async ready_state_is_connecting_until_there_is_an_answer(bench) {
    const { source } = bench.watch(bench.url(silence))
    await bench.quiet()
    same(source.readyState, 0)
  },

  /** OPEN: there is a connection, and events are dispatched as they come. */
  async ready_state_is_open_while_there_is_a_stream(bench) {
    const watched = bench.watch(bench.url(stream('data: x\n\n')))
    await watched.waitFor('message')
    same(watched.story, ['open 1', 'message 1'])
  },

  /** CONNECTING, too: the connection was closed, and another one is to be made. */
  async ready_state_is_connecting_when_the_stream_is_lost(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\n\n'), stream('data: x\n\n')))
    await watched.waitFor('message')
    same(watched.story, ['open 1', 'error 0', 'open 1', 'message 1'])
  },

  /** CLOSED: there is no connection and will be none, because of a fatal error … */
  async ready_state_is_closed_after_a_fatal_error(bench) {
    const watched = bench.watch(bench.url(answer(404)))
    await watched.waitFor('error')
    same(watched.story, ['error 2'])
  },

  /** … or because of `close()`, which sets it. */
  async ready_state_is_closed_after_close(bench) {
    const states = []
    const { source } = bench.watch(bench.url(silence))
    same(source.close(), undefined)
    states.push(source.readyState)
    const watched = bench.watch(bench.url(stream('data: x\n\n')))
    await watched.waitFor('message')
    watched.source.close()
    watched.source.close()
    states.push(watched.source.readyState)
    same(states, [2, 2])
  },

  /** Each constant has its number, … */
  constants_have_their_values({ EventSource }) {
    for (const [name, value] of Object.entries(CONSTANTS)) {
      same([EventSource[name], EventSource.prototype[name]], [value, value], name)
    }
  },

  /** … is on interface and prototype (WebIDL, constants), and can be seen and not be changed. */
  constants_cannot_be_changed(bench) {
    const { EventSource } = bench
    const { source } = bench.watch(bench.url(stream()))
    for (const [name, value] of Object.entries(CONSTANTS)) {
      for (const holder of [EventSource, EventSource.prototype]) {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(holder, name)
        same([writable, enumerable, configurable], [false, true, false], name)
      }
      same([source[name], Object.hasOwn(source, name)], [value, false], name)
    }
  },

  /** Attributes are accessors of the prototype that can be seen and reconfigured (WebIDL, attributes). */
  attributes_are_accessors_of_the_prototype(bench) {
    const { source } = bench.watch(bench.url(stream()))
    for (const name of ATTRIBUTES) {
      const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(bench.EventSource.prototype, name)
      same([typeof get, typeof set], ['function', name.startsWith('on') ? 'function' : 'undefined'], name)
      same([enumerable, configurable, Object.hasOwn(source, name)], [true, true, false], name)
    }
  },

  /** The method is a property of the prototype that can be seen, replaced and reconfigured (WebIDL, operations). */
  close_is_a_property_of_the_prototype({ EventSource }) {
    const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(EventSource.prototype, 'close')
    same([typeof value, value.length, writable, enumerable, configurable], ['function', 0, true, true, true])
  },

  /** Attributes and methods are there for objects of the interface (WebIDL, "brand"). */
  others_have_no_such_attributes({ EventSource }) {
    for (const name of ATTRIBUTES) {
      const { get } = Object.getOwnPropertyDescriptor(EventSource.prototype, name)
      same(thrown(() => get.call(new EventTarget())).name, 'TypeError', name)
    }
    same(thrown(() => EventSource.prototype.close.call({})).name, 'TypeError')
  },

  /** The prototype has the interface's name as its tag (WebIDL, class strings). */
  it_is_tagged_with_its_name(bench) {
    same(String(bench.watch(bench.url(stream())).source), '[object EventSource]')
    const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(bench.EventSource.prototype, Symbol.toStringTag)
    same([value, writable, enumerable, configurable], ['EventSource', false, false, true])
  },

  /** Classes may extend it. */
  it_can_be_extended(bench) {
    class Mine extends bench.EventSource {
      get shout() {
        return this.url.toUpperCase()
      }
    }
    const source = new Mine(bench.url(stream()))
    bench.finally(() => source.close())
    holds(source instanceof Mine && source instanceof bench.EventSource && source.shout.startsWith('HTTP'))
  },

  /** `close()` aborts the fetch while there is no answer … */
  async close_aborts_a_request(bench) {
    const url = bench.url(silence)
    const { source } = bench.watch(url)
    await bench.quiet()
    source.close()
    await bench.over(url)
    same((await bench.requests(url)).length, 1)
  },

  /** … and while there is a stream. */
  async close_aborts_a_stream(bench) {
    const url = bench.url(stream('data: x\n\n'))
    const watched = bench.watch(url)
    await watched.waitFor('message')
    watched.source.close()
    await bench.over(url)
  },

  /** Each event handler attribute is null at first and receives the events of its name. */
  async handlers_receive_the_events_of_their_names(bench) {
    const { source } = bench.watch(bench.url(ending('retry: 1\ndata: x\n\n'), stream()))
    const received = []
    for (const type of ['open', 'message', 'error']) {
      same(source[`on${type}`], null, type)
      const handler = (event) => received.push(event.type)
      source[`on${type}`] = handler
      holds(source[`on${type}`] === handler, type)
    }
    await new Promise((resolve) => source.addEventListener('error', resolve))
    same(received, ['open', 'message', 'error'])
  },

  /** A handler is called on the object, with the event as its only argument (HTML § 8.1.8.1, processing algorithm). */
  handlers_are_called_as_the_standard_says(bench) {
    const { source } = bench.watch(bench.url(silence))
    const event = new Event('message')
    let call
    source.onmessage = function (...given) {
      call = { it: this, given }
    }
    source.dispatchEvent(event)
    holds(call.it === source, 'this')
    holds(call.given.length === 1 && call.given[0] === event, 'arguments')
  },

  /** A handler that returns false cancels the event, and nothing else that it returns does. */
  a_handler_that_returns_false_cancels(bench) {
    const { source } = bench.watch(bench.url(silence))
    for (const [answer, isCancelled] of [[false, true], [true, false], [undefined, false], [0, false], [null, false]]) {
      source.onopen = () => answer
      const event = new Event('open', { cancelable: true })
      same([source.dispatchEvent(event), event.defaultPrevented], [!isCancelled, isCancelled], String(answer))
    }
  },

  /** Handlers are `[LegacyTreatNonObjectAsNull]`: what is no object is null, and objects that cannot be called do nothing. */
  handlers_that_cannot_be_called_do_nothing(bench) {
    const { source } = bench.watch(bench.url(silence))
    for (const given of [1, 'x', true, Symbol('s'), undefined, null]) {
      source.onerror = given
      same(source.onerror, null, String(given))
    }
    let called = false
    const object = { handleEvent: () => (called = true) }
    source.onerror = object
    holds(source.onerror === object)
    source.dispatchEvent(new Event('error'))
    same(called, false)
  },

  /** A handler has its place among the listeners from when it was first set, and keeps it when it is replaced. */
  a_handler_keeps_its_place(bench) {
    const { source } = bench.watch(bench.url(silence))
    const received = []
    source.addEventListener('message', () => received.push('before'))
    source.onmessage = () => received.push('handler')
    source.addEventListener('message', () => received.push('after'))
    source.onmessage = () => received.push('another')
    source.dispatchEvent(new Event('message'))
    same(received, ['before', 'another', 'after'])
  },

  /** Setting it to null takes it away, and it comes last when it is set again. */
  a_handler_set_to_null_loses_its_place(bench) {
    const { source } = bench.watch(bench.url(silence))
    const received = []
    source.onmessage = () => received.push('handler')
    source.addEventListener('message', () => received.push('listener'))
    source.onmessage = null
    source.dispatchEvent(new Event('message'))
    source.onmessage = () => received.push('handler')
    source.dispatchEvent(new Event('message'))
    same(received, ['listener', 'listener', 'handler'])
  },

  /** Listeners are an `EventTarget`'s: once, removed, with a signal, as an object. */
  listeners_are_those_of_an_event_target(bench) {
    const { source } = bench.watch(bench.url(silence))
    const received = []
    const control = new AbortController()
    const removed = () => received.push('removed')
    source.addEventListener('message', () => received.push('once'), { once: true })
    source.addEventListener('message', removed)
    source.addEventListener('message', () => received.push('signalled'), { signal: control.signal })
    source.addEventListener('message', { handleEvent: () => received.push('object') })
    source.removeEventListener('message', removed)
    source.dispatchEvent(new Event('message'))
    control.abort()
    source.dispatchEvent(new Event('message'))
    same(received, ['once', 'signalled', 'object', 'object'])
  },

  /** No event is dispatched before the script that made the object could add listeners: all are queued. */
  async listeners_added_right_after_receive_everything(bench) {
    const source = new bench.EventSource(bench.url(stream('data: x\n\n')))
    bench.finally(() => source.close())
    await undefined
    const received = []
    source.addEventListener('open', () => received.push('open'))
    await new Promise((resolve) => (source.onmessage = resolve))
    same(received, ['open'])
  },

  /** `close()` right after the constructor prevents the request or aborts it; no event is dispatched. */
  async a_source_closed_at_once_dispatches_nothing(bench) {
    const held = gate()
    const watched = bench.watch(bench.url(stream('data: x\n\n', held.wait), ending()))
    watched.source.close()
    await bench.quiet()
    await bench.open(held.name)
    same(watched.story, [])
  },
}
