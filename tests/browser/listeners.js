// The emitter: who is called, in which order, and what becomes of exceptions.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, match, ok, thrown } from './bed/expect.js'

export async function listeners_run_in_order_of_registration(bed) {
  const { client, stream } = await bed.open()
  const calls = []
  client.on('note', () => calls.push('note 1'))
  client.on('*', () => calls.push('* 1'))
  client.on('event:note', () => calls.push('note 2'))
  client.on('*', () => calls.push('* 2'))
  client.on('note', () => calls.push('note 3'))
  const ear = new Ear(client, 'note')
  stream.push('event: note\ndata: x\n\n')
  await ear.next()
  equal(calls, ['note 1', '* 1', 'note 2', '* 2', 'note 3'])
}

export async function a_listener_gets_the_data_and_the_event(bed) {
  const { client, stream } = await bed.open()
  const given = new Promise((resolve) => client.on('message', (...all) => resolve(all)))
  stream.push('data: {"a":1}\n\n')
  const [data, event, ...rest] = await given
  equal([data, event.data, rest], [{ a: 1 }, '{"a":1}', []])
}

export async function a_listener_is_called_like_a_function(bed) {
  const { client, stream } = await bed.open()
  const selves = []
  function listener() {
    selves.push(this)
  }
  const all = async (count) => {
    while (selves.length < count) await turn()
    return selves.splice(0)
  }
  client.on('message', listener)
  stream.push('data: alone, it is called by the loop for single listeners\n\n')
  equal(await all(1), [undefined])
  client.on('*', listener)
  client.once('message', listener)
  stream.push('data: together\n\n')
  equal(await all(3), [undefined, undefined, undefined])
  for (const type of ['comment', 'state', 'close']) client.on(type, listener)
  stream.push(': of the connection\n')
  equal(await all(1), [undefined])
  client.emit('message')
  equal(await all(2), [undefined, undefined])
  client.disconnect()
  equal(await all(2), [undefined, undefined])
}

export async function on_returns_a_function_that_unsubscribes(bed) {
  const client = bed.client()
  const calls = []
  const listener = () => calls.push(1)
  const unsubscribe = client.on('a', listener)
  client.on('a', listener)
  equal(unsubscribe(), undefined)
  unsubscribe()
  client.emit('a')
  equal(calls.length, 1, 'the other registration of the same function stays')
}

export async function once_is_called_once(bed) {
  const client = bed.client()
  const calls = []
  client.once('a', (data) => calls.push(data))
  const unsubscribe = client.once('b', (data) => calls.push(data))
  client.emit('a', 1)
  client.emit('a', 2)
  unsubscribe()
  client.emit('b', 3)
  equal(calls, [1])
}

export async function once_is_called_once_even_if_it_emits_the_same(bed) {
  const client = bed.client()
  let calls = 0
  client.once('a', () => {
    calls++
    client.emit('a')
  })
  client.emit('a')
  equal(calls, 1)
}

export async function once_can_be_taken_back_with_off(bed) {
  const client = bed.client()
  const listener = () => ok(false, 'it was taken back')
  client.once('a', listener)
  client.off('a', listener)
  equal(client.emit('a'), false)
}

export async function the_same_function_twice_is_called_twice(bed) {
  const client = bed.client()
  let calls = 0
  const listener = () => calls++
  client.on('a', listener)
  client.on('a', listener)
  client.emit('a')
  equal(calls, 2)
  client.off('a', listener)
  client.emit('a')
  equal(calls, 3, 'off takes one of them away')
}

export async function off_takes_away_one_listener_or_a_type_or_all(bed) {
  const client = bed.client()
  const calls = []
  const listener = (data) => calls.push(data)
  const all = () => {
    calls.length = 0
    for (const type of ['a', 'b', 'close', 'event:close']) client.emit(type, type)
    return calls
  }
  for (const type of ['a', 'b', 'close', 'event:close']) client.on(type, listener)
  client.on('a', (data) => calls.push(`${data} too`))
  equal(all(), ['a', 'a too', 'b', 'close', 'event:close'])
  client.off('a', listener)
  equal(all(), ['a too', 'b', 'close', 'event:close'])
  client.off('close')
  equal(all(), ['a too', 'b', 'event:close'])
  client.off()
  equal(all(), [])
}

export async function off_without_a_type_takes_the_function_away_everywhere(bed) {
  const client = bed.client()
  const calls = []
  const listener = (data) => calls.push(data)
  client.on('a', listener)
  client.on('*', listener)
  client.on('b', (data) => calls.push(data))
  client.off(undefined, listener)
  client.emit('a', 1)
  client.emit('b', 2)
  equal(calls, [2])
}

export async function off_for_what_was_never_on_does_nothing(bed) {
  const client = bed.client()
  client.off('never')
  client.off('never', () => {})
  client.off()
}

export async function a_listener_added_while_an_event_is_dispatched_hears_the_next_one(bed) {
  const { client, stream } = await bed.open()
  const calls = []
  client.once('message', () => {
    client.on('message', (data) => calls.push(['own', data]))
    client.on('*', (data) => calls.push(['all', data]))
  })
  const ear = new Ear(client, 'end')
  stream.push('data: 1\n\ndata: 2\n\nevent: end\ndata\n\n')
  await ear.next()
  equal(calls, [['own', '2'], ['all', '2'], ['all', '']])
}

export async function a_listener_for_a_new_type_hears_it_later_in_the_same_chunk(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  client.once('message', () => client.on('late', (data) => client.emit('message', data)))
  stream.push('data: 1\n\nevent: other\ndata: 2\n\nevent: late\ndata: 3\n\n')
  equal(await ear.all(2), ['1', '3'])
}

export async function a_listener_removed_while_an_event_is_dispatched_is_not_called(bed) {
  const { client, stream } = await bed.open()
  const calls = []
  const removed = () => calls.push('removed')
  client.on('message', () => {
    client.off('message', removed)
    client.off('*', removed)
  })
  client.on('message', removed)
  client.on('*', removed)
  const ear = new Ear(client, 'message')
  stream.push('data: 1\n\n')
  await ear.next()
  equal(calls, [])
}

export async function all_listeners_may_be_removed_while_an_event_is_dispatched(bed) {
  const { client, stream } = await bed.open()
  const calls = []
  client.on('message', (data) => {
    calls.push(data)
    client.off()
    if (data === '1') client.on('message', (next) => calls.push(`then ${next}`))
  })
  client.on('message', () => calls.push('too late'))
  const done = new Ear(bed.client(), 'x')
  stream.push('data: 1\n\ndata: 2\n\n')
  await turn()
  equal([calls, done.heard], [['1', 'then 2'], []])
}

export async function a_listener_that_throws_is_reported_and_stops_nobody(bed) {
  const { client, stream } = await bed.open()
  const mistake = new Error('my mistake')
  client.on('message', () => {
    throw mistake
  })
  const ear = new Ear(client, 'message')
  stream.push('data: 1\n\ndata: 2\n\n')
  equal(await ear.all(2), ['1', '2'])
  for (const _ of [1, 2]) ok((await bed.reports.next()) === mistake, 'it was reported as it was thrown')
  equal(client.state, 'open')
}

export async function a_listener_of_the_connection_that_throws_is_reported_and_stops_nobody(bed) {
  const lifecycle = ['state', 'open', 'error', 'retry', 'comment', 'max-reconnects-reached', 'close']
  const client = bed.client({ maxReconnects: 1 })
  for (const type of lifecycle) {
    client.on(type, () => {
      throw new Error(type)
    })
  }
  const ear = new Ear(client, ...lifecycle)
  const { stream } = await bed.opened(client)
  stream.push(': hello\n\n').break()
  ;(await bed.server.next()).fail()
  await ear.until('close')
  const order = ear.heard.map(([type]) => type)
  equal(order, [
    'state', 'state', 'open', 'comment', 'error', 'state', 'retry', 'error', 'max-reconnects-reached', 'state', 'close',
  ])
  equal(bed.reports.rest.map(({ message }) => message), order)
  for (const _ of order) await bed.reports.next()
}

export async function what_is_thrown_need_not_be_an_error(bed) {
  const client = bed.client()
  for (const thing of [undefined, null, 'text', Object.create(null)]) {
    client.once('a', () => {
      throw thing
    })
    client.emit('a')
    ok((await bed.reports.next()) === thing, 'it was reported as it was thrown')
  }
}

export async function without_report_error_the_console_is_told(bed) {
  const client = bed.client()
  const { reportError: original } = globalThis
  const { error: log } = console
  const logged = []
  client.on('a', () => {
    throw 'my mistake'
  })
  globalThis.reportError = undefined
  console.error = (...all) => logged.push(...all)
  try {
    client.emit('a')
  } finally {
    globalThis.reportError = original
    console.error = log
  }
  equal(logged, ['my mistake'])
}

export async function an_async_listener_that_fails_is_the_pages_own_matter(bed) {
  const { client, stream } = await bed.open()
  client.on('message', async () => {
    throw new Error('async')
  })
  stream.push('data: 1\n\n')
  equal((await bed.reports.next()).message, 'async')
  equal(client.state, 'open')
}

export async function emit_says_whether_anything_listened(bed) {
  const client = bed.client()
  equal(client.emit('a', 1), false)
  const unsubscribe = client.on('*', () => {})
  equal(client.emit('a', 1), true)
  equal(client.emit('open'), false, 'the events of the connection are not for *')
  unsubscribe()
  client.on('b', () => {})
  equal([client.emit('a'), client.emit('b')], [false, true])
}

export async function emit_dispatches_as_if_the_server_had_sent_it(bed) {
  const { client } = await bed.open({ lastEventId: '7' })
  const events = []
  client.on('note', (data, event) => events.push([data, { ...event }]))
  const data = { a: 1 }
  client.emit('note', data)
  client.emit('event:note', 'text')
  client.emit('note')
  const { origin } = location
  equal(events, [
    [data, { type: 'note', data: '{"a":1}', id: '', lastEventId: '7', origin }],
    ['text', { type: 'note', data: 'text', id: '', lastEventId: '7', origin }],
    [undefined, { type: 'note', data: '', id: '', lastEventId: '7', origin }],
  ])
  ok(events[0][0] === data, 'the data is passed on as it is')
}

export async function a_client_says_what_it_is(bed) {
  equal(Object.prototype.toString.call(bed.client()), '[object SSEClient]')
}

export async function emit_takes_what_has_no_json_form(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'a')
  const cyclic = {}
  cyclic.self = cyclic
  for (const data of [cyclic, () => {}, 1n, Symbol('s')]) {
    client.emit('a', data)
    const heard = await ear.next()
    ok(heard.data === data, 'the data is passed on as it is')
    equal(heard.event.data, '')
  }
}

export async function emit_reaches_the_listeners_of_the_connections_own_events(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'open', 'event:open')
  client.emit('open', 1)
  client.emit('event:open', 2)
  equal(ear.heard, [['open', 1], ['event:open', 2]])
  equal((await ear.next()).event.type, 'open')
  equal((await ear.next()).event.type, 'open')
}

export async function an_event_type_is_a_string(bed) {
  const client = bed.client()
  for (const type of [undefined, null, 7, Symbol('s'), ['a']]) {
    for (const method of ['on', 'once']) {
      const error = thrown(() => client[method](type, () => {}))
      ok(error instanceof TypeError, 'it is a TypeError')
      match(error.message, /event type is a string/)
    }
  }
}

export async function a_listener_is_a_function(bed) {
  const client = bed.client()
  for (const listener of [undefined, null, 7, 'f', {}, { handleEvent() {} }]) {
    for (const method of ['on', 'once']) {
      const error = thrown(() => client[method]('note', listener))
      ok(error instanceof TypeError, 'it is a TypeError')
      match(error.message, /listener for 'note' is a function/)
    }
  }
}

/** What the parser of the client knows of types, counted at its border. */
function counted(bed) {
  const { Scanner } = bed.engine
  const { listen, forget } = Scanner.prototype
  const counts = { given: 0, known: 0, highest: 0 }
  bed.replace(Scanner.prototype, 'listen', {
    value() {
      const slot = listen.call(this)
      counts.given++
      counts.known++
      counts.highest = Math.max(counts.highest, slot)
      return slot
    },
  })
  bed.replace(Scanner.prototype, 'forget', {
    value(slot) {
      counts.known--
      forget.call(this, slot)
    },
  })
  return counts
}

export async function a_type_that_nothing_listens_to_any_more_costs_nothing(bed) {
  const counts = counted(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'end')
  const send = async (text) => {
    stream.push(`${text}event: end\ndata\n\n`)
    await ear.next()
  }
  for (let n = 0; n < 20_000; n++) client.on(`before-${n}`, () => {})()
  await send('')
  equal(counts, { given: 1, known: 1, highest: 1 }, 'types that came and went between two chunks never reach the parser')
  for (let n = 0; n < 2000; n++) {
    let calls = 0
    const type = `request-${n}`
    client.on(type, () => calls++)
    await send(`event: ${type}\ndata: answer\n\n`)
    client.off(type)
    await send(`event: ${type}\ndata: answer\n\n`)
    equal(calls, 1)
  }
  equal([counts.known, counts.highest], [1, 2])
}

export async function on_and_off_take_as_long_after_very_many_types_as_before(bed) {
  const counts = counted(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  for (let n = 0; n < 200_000; n++) {
    client.once(`${n}`, () => {})
    client.off(`${n}`)
  }
  stream.push('data: x\n\n')
  await ear.next()
  equal(counts, { given: 0, known: 0, highest: 0 })
}

export async function a_type_that_takes_the_place_of_another_gets_nothing_that_was_meant_for_that(bed) {
  const { client, stream } = await bed.open()
  const heard = []
  const hear = (type) => client.on(type, (data) => heard.push(`${type} ${data}`))
  const [first, last] = [new Ear(client, 'first'), new Ear(client, 'last')]
  hear('a')
  client.once('first', () => {
    // The events behind this one have been parsed already.
    client.off('a')
    hear('b')
    client.pause()
  })
  const events = 'event: a\ndata: 2\n\nevent: b\ndata: 3\n\n'
  stream.push(`event: a\ndata: 1\n\nevent: first\ndata\n\n${events}event: last\ndata\n\n`)
  await first.next()
  for (let n = 0; n < 3; n++) await turn()
  client.resume()
  await last.next()
  equal(heard, ['a 1', 'b 3'])
  stream.push(`${events}event: last\ndata\n\n`)
  await last.next()
  equal(heard, ['a 1', 'b 3', 'b 3'])
  // And back again, in a chunk of many batches.
  client.once('b', () => {
    client.off('b')
    hear('a')
  })
  stream.push(`${events.repeat(2000)}event: last\ndata\n\n`)
  await last.next()
  equal(heard.length, 3 + 1 + 1999)
  equal([...new Set(heard.slice(4))], ['a 2'])
}

export async function listeners_may_be_added_and_removed_at_every_event_of_a_flood(bed) {
  const { client, stream } = await bed.open()
  const types = ['a', 'b', 'c', 'd', 'e', 'message']
  const removers = new Map()
  const heard = []
  const expected = []
  const toggle = (type) => {
    if (removers.has(type)) {
      removers.get(type)()
      removers.delete(type)
    } else {
      removers.set(type, client.on(type, (data, event) => heard.push(`${type} ${event.type} ${data}`)))
    }
  }
  const order = Array.from({ length: 5000 }, (_, n) => ({ n, type: types[(n * 7 + (n >> 3)) % 6], next: types[(n * 5 + (n >> 2)) % 6] }))
  client.on('*', (data, event) => {
    const { n, type, next } = order[Number(data)]
    equal([n, event.type], [Number(data), type])
    if (removers.has(type)) expected.push(`${type} ${type} ${data}`)
  })
  client.on('*', (data) => toggle(order[Number(data)].next))
  for (let at = 0; at < order.length; at += 1250) {
    stream.push(order.slice(at, at + 1250).map(({ n, type }) => `event: ${type}\ndata: ${n}\n\n`).join(''))
  }
  while (client.stats().events < order.length) await turn()
  // Who is removed in the same round hears no more, who is added hears the next one.
  const removedAtOnce = order.filter(({ type, next }) => type === next).map(({ n, type }) => `${type} ${type} ${n}`)
  equal(heard, expected.filter((event) => !removedAtOnce.includes(event)))
  ok(heard.length > 500, `that is many: ${heard.length}`)
}

export async function nothing_is_heard_of_an_empty_type(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', '*', '', 'event:')
  stream.push('event:\ndata: 1\n\nevent: message\ndata: 2\n\n')
  const heard = [await ear.next(), await ear.next(), await ear.next(), await ear.next()]
  equal(heard.map(({ type, data, event }) => [type, data, event.type]), [
    ['message', '1', 'message'],
    ['*', '1', 'message'],
    ['message', '2', 'message'],
    ['*', '2', 'message'],
  ])
}
