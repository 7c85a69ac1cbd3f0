// Listeners: who is called, in which order, and what happens to exceptions.

import { EventRecorder, expect, test, thrown, turn } from './fixture/index.ts'

test('listeners are called in the order of registration', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const calls = []
  client.on('note', () => calls.push('note 1'))
  client.on('*', () => calls.push('* 1'))
  client.on('event:note', () => calls.push('note 2'))
  client.on('*', () => calls.push('* 2'))
  client.on('note', () => calls.push('note 3'))
  const recorder = new EventRecorder(client, 'note')
  stream.push('event: note\ndata: x\n\n')
  await recorder.next()
  expect(calls).toStrictEqual(['note 1', '* 1', 'note 2', '* 2', 'note 3'])
})

test('a listener gets the data and the event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const given = new Promise<any[]>((resolve) => client.on('message', (...all) => resolve(all)))
  stream.push('data: {"a":1}\n\n')
  const [data, event, ...rest] = await given
  expect([data, event.data, rest]).toStrictEqual([{ a: 1 }, '{"a":1}', []])
})

test('a listener is called without a this value', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
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
  expect(await all(1)).toStrictEqual([undefined])
  client.on('*', listener)
  client.once('message', listener)
  stream.push('data: together\n\n')
  expect(await all(3)).toStrictEqual([undefined, undefined, undefined])
  for (const type of ['comment', 'state', 'close']) client.on(type, listener)
  stream.push(': of the connection\n')
  expect(await all(1)).toStrictEqual([undefined])
  client.emit('message')
  expect(await all(2)).toStrictEqual([undefined, undefined])
  client.disconnect()
  expect(await all(2)).toStrictEqual([undefined, undefined])
})

test('on() returns a function that removes the listener', async ({ fixture }) => {
  const client = fixture.client()
  const calls = []
  const listener = () => calls.push(1)
  const unsubscribe = client.on('a', listener)
  client.on('a', listener)
  expect(unsubscribe()).toBe(undefined)
  unsubscribe()
  client.emit('a')
  expect(calls.length, 'the other registration of the same function stays').toBe(1)
})

test('a listener of once() is called once', async ({ fixture }) => {
  const client = fixture.client()
  const calls = []
  client.once('a', (data) => calls.push(data))
  const unsubscribe = client.once('b', (data) => calls.push(data))
  client.emit('a', 1)
  client.emit('a', 2)
  unsubscribe()
  client.emit('b', 3)
  expect(calls).toStrictEqual([1])
})

test('a listener of once() is called once, even if it emits the same event', async ({ fixture }) => {
  const client = fixture.client()
  let calls = 0
  client.once('a', () => {
    calls++
    client.emit('a')
  })
  client.emit('a')
  expect(calls).toBe(1)
})

test('off() removes a listener of once()', async ({ fixture }) => {
  const client = fixture.client()
  const listener = () => expect(false, 'it was taken back').toBeTruthy()
  client.once('a', listener)
  client.off('a', listener)
  expect(client.emit('a')).toBe(false)
})

test('the same function added twice is called twice', async ({ fixture }) => {
  const client = fixture.client()
  let calls = 0
  const listener = () => calls++
  client.on('a', listener)
  client.on('a', listener)
  client.emit('a')
  expect(calls).toBe(2)
  client.off('a', listener)
  client.emit('a')
  expect(calls, 'off takes one of them away').toBe(3)
})

test('off() removes one listener, a type, or all', async ({ fixture }) => {
  const client = fixture.client()
  const calls = []
  const listener = (data) => calls.push(data)
  const all = () => {
    calls.length = 0
    for (const type of ['a', 'b', 'close', 'event:close']) client.emit(type, type)
    return calls
  }
  for (const type of ['a', 'b', 'close', 'event:close']) client.on(type, listener)
  client.on('a', (data) => calls.push(`${data} too`))
  expect(all()).toStrictEqual(['a', 'a too', 'b', 'close', 'event:close'])
  client.off('a', listener)
  expect(all()).toStrictEqual(['a too', 'b', 'close', 'event:close'])
  client.off('close')
  expect(all()).toStrictEqual(['a too', 'b', 'event:close'])
  client.off()
  expect(all()).toStrictEqual([])
})

test('off() without a type removes the function from all types', async ({ fixture }) => {
  const client = fixture.client()
  const calls = []
  const listener = (data) => calls.push(data)
  client.on('a', listener)
  client.on('*', listener)
  client.on('b', (data) => calls.push(data))
  client.off(undefined, listener)
  client.emit('a', 1)
  client.emit('b', 2)
  expect(calls).toStrictEqual([2])
})

test('off() for an unknown listener does nothing', async ({ fixture }) => {
  const client = fixture.client()
  client.off()
  const calls = []
  client.on('a', (data) => calls.push(data))
  client.off('never')
  client.off('never', () => {})
  client.off('a', () => {})
  client.off(undefined, () => {})
  client.emit('a', 1)
  expect(calls).toStrictEqual([1])
})

test('a listener added during an event gets the next one', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const calls = []
  client.once('message', () => {
    client.on('message', (data) => calls.push(['own', data]))
    client.on('*', (data) => calls.push(['all', data]))
  })
  const recorder = new EventRecorder(client, 'end')
  stream.push('data: 1\n\ndata: 2\n\nevent: end\ndata\n\n')
  await recorder.next()
  expect(calls).toStrictEqual([
    ['own', '2'],
    ['all', '2'],
    ['all', ''],
  ])
})

test('a listener for a new type gets events later in the same chunk', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  client.once('message', () => client.on('late', (data) => client.emit('message', data)))
  stream.push('data: 1\n\nevent: other\ndata: 2\n\nevent: late\ndata: 3\n\n')
  expect(await recorder.take(2)).toStrictEqual(['1', '3'])
})

test('a listener removed during an event is not called', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const calls = []
  const removed = () => calls.push('removed')
  client.on('message', () => {
    client.off('message', removed)
    client.off('*', removed)
  })
  client.on('message', removed)
  client.on('*', removed)
  const recorder = new EventRecorder(client, 'message')
  stream.push('data: 1\n\n')
  await recorder.next()
  expect(calls).toStrictEqual([])
})

test('all listeners may be removed during an event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const calls = []
  client.on('message', (data) => {
    calls.push(data)
    client.off()
    if (data === '1') client.on('message', (next) => calls.push(`then ${next}`))
  })
  client.on('message', () => calls.push('too late'))
  const done = new EventRecorder(fixture.client(), 'x')
  stream.push('data: 1\n\ndata: 2\n\n')
  await turn()
  expect([calls, done.recorded]).toStrictEqual([['1', 'then 2'], []])
})

test('a listener that throws is reported and stops no other listener', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const mistake = new Error('my mistake')
  client.on('message', () => {
    throw mistake
  })
  const recorder = new EventRecorder(client, 'message')
  stream.push('data: 1\n\ndata: 2\n\n')
  expect(await recorder.take(2)).toStrictEqual(['1', '2'])
  for (const _ of [1, 2]) expect((await fixture.reports.next()) === mistake, 'the same error is reported').toBeTruthy()
  expect(client.state).toBe('open')
})

test('a lifecycle listener that throws is reported and stops no other listener', async ({ fixture }) => {
  const lifecycle = ['state', 'open', 'error', 'retry', 'comment', 'max-reconnects-reached', 'close']
  const client = fixture.client({ maxReconnects: 1 })
  for (const type of lifecycle) {
    client.on(type, () => {
      throw new Error(type)
    })
  }
  const recorder = new EventRecorder(client, ...lifecycle)
  const { stream } = await fixture.connect(client)
  stream.push(': hello\n\n').break()
  ;(await fixture.server.next()).fail()
  await recorder.until('close')
  const order = recorder.recorded.map(([type]) => type)
  expect(order.join(' ')).toBe('state state open comment error state retry error max-reconnects-reached state close')
  expect(fixture.reports.rest.map(({ message }) => message)).toStrictEqual(order)
  for (const _ of order) await fixture.reports.next()
})

test('a listener may throw a value that is not an Error', async ({ fixture }) => {
  const client = fixture.client()
  for (const thing of [undefined, null, 'text', Object.create(null)]) {
    client.once('a', () => {
      throw thing
    })
    client.emit('a')
    expect(await fixture.reports.next(), 'the same error is reported').toBe(thing)
  }
})

test('without reportError, the error is written to the console', async ({ fixture }) => {
  const client = fixture.client()
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
  expect(logged).toStrictEqual(['my mistake'])
})

test('a rejection of an async listener is an unhandledrejection of the page', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  client.on('message', async () => {
    throw new Error('async')
  })
  stream.push('data: 1\n\n')
  expect((await fixture.reports.next()).message).toBe('async')
  expect(client.state).toBe('open')
})

test('emit() returns whether there was a listener', async ({ fixture }) => {
  const client = fixture.client()
  expect(client.emit('a', 1)).toBe(false)
  const unsubscribe = client.on('*', () => {})
  expect(client.emit('a', 1)).toBe(true)
  expect(client.emit('open'), 'the events of the connection are not for *').toBe(false)
  unsubscribe()
  client.on('b', () => {})
  expect([client.emit('a'), client.emit('b')]).toStrictEqual([false, true])
})

test('emit() dispatches as if the server had sent the event', async ({ fixture }) => {
  const { client } = await fixture.open({ lastEventId: '7' })
  const events = []
  client.on('note', (data, event) => events.push([data, { ...event }]))
  const data = { a: 1 }
  client.emit('note', data)
  client.emit('event:note', 'text')
  client.emit('note')
  const { origin } = location
  expect(events).toStrictEqual([
    [data, { type: 'note', data: '{"a":1}', id: '', lastEventId: '7', origin }],
    ['text', { type: 'note', data: 'text', id: '', lastEventId: '7', origin }],
    [undefined, { type: 'note', data: '', id: '', lastEventId: '7', origin }],
  ])
  expect(events[0][0], 'the data is passed on unchanged').toBe(data)
})

test('a client is shown as SSEClient', async ({ fixture }) => {
  expect(Object.prototype.toString.call(fixture.client())).toBe('[object SSEClient]')
})

test('emit() accepts data that has no JSON form', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'a')
  const cyclic: any = {}
  cyclic.self = cyclic
  for (const data of [cyclic, () => {}, 1n, Symbol('s')]) {
    client.emit('a', data)
    const heard = await recorder.next()
    expect(heard.data, 'the data is passed on unchanged').toBe(data)
    expect(heard.event.data).toBe('')
  }
})

test('emit() reaches the listeners of lifecycle events', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'open', 'event:open')
  client.emit('open', 1)
  client.emit('event:open', 2)
  expect(recorder.recorded).toStrictEqual([
    ['open', 1],
    ['event:open', 2],
  ])
  expect((await recorder.next()).event.type).toBe('open')
  expect((await recorder.next()).event.type).toBe('open')
})

test('an event type must be a string', async ({ fixture }) => {
  const client = fixture.client()
  for (const type of [undefined, null, 7, Symbol('s'), ['a']]) {
    for (const method of ['on', 'once']) {
      const error = thrown(() => client[method](type, () => {}))
      expect(error, 'it is a TypeError').toBeInstanceOf(TypeError)
      expect(error.message).toMatch(/event type must be a string/)
    }
  }
})

test('a listener must be a function', async ({ fixture }) => {
  const client = fixture.client()
  for (const listener of [undefined, null, 7, 'f', {}, { handleEvent() {} }]) {
    for (const method of ['on', 'once']) {
      const error = thrown(() => client[method]('note', listener))
      expect(error, 'it is a TypeError').toBeInstanceOf(TypeError)
      expect(error.message).toMatch(/listener for 'note' must be a function/)
    }
  }
})

/** Counts the event types that the client registers with its parser. */
function counted(fixture) {
  const { ParserHandle } = fixture.engine
  const { listen, forget } = ParserHandle.prototype
  const counts = { given: 0, known: 0, highest: 0 }
  fixture.replace(ParserHandle.prototype, 'listen', {
    value() {
      const slot = listen.call(this)
      counts.given++
      counts.known++
      counts.highest = Math.max(counts.highest, slot)
      return slot
    },
  })
  fixture.replace(ParserHandle.prototype, 'forget', {
    value(slot) {
      counts.known--
      forget.call(this, slot)
    },
  })
  return counts
}

test('a type whose last listener was removed costs nothing', async ({ fixture }) => {
  const counts = counted(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'end')
  const send = async (text) => {
    stream.push(`${text}event: end\ndata\n\n`)
    await recorder.next()
  }
  for (let n = 0; n < 20_000; n++) client.on(`before-${n}`, () => {})()
  await send('')
  expect(counts, 'types that came and went between two chunks never reach the parser').toStrictEqual({
    given: 1,
    known: 1,
    highest: 1,
  })
  for (let n = 0; n < 2000; n++) {
    let calls = 0
    const type = `request-${n}`
    client.on(type, () => calls++)
    await send(`event: ${type}\ndata: answer\n\n`)
    client.off(type)
    await send(`event: ${type}\ndata: answer\n\n`)
    expect(calls).toBe(1)
  }
  expect([counts.known, counts.highest]).toStrictEqual([1, 2])
})

test('on() and off() stay fast after very many types', async ({ fixture }) => {
  const counts = counted(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  for (let n = 0; n < 200_000; n++) {
    client.once(`${n}`, () => {})
    client.off(`${n}`)
  }
  stream.push('data: x\n\n')
  await recorder.next()
  expect(counts).toStrictEqual({ given: 0, known: 0, highest: 0 })
})

test('a type that reuses the number of another type gets none of its events', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const heard = []
  const hear = (type) => client.on(type, (data) => heard.push(`${type} ${data}`))
  const [first, last] = [new EventRecorder(client, 'first'), new EventRecorder(client, 'last')]
  hear('a')
  client.once('first', () => {
    // The events after this one have been parsed already.
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
  expect(heard).toStrictEqual(['a 1', 'b 3'])
  stream.push(`${events}event: last\ndata\n\n`)
  await last.next()
  expect(heard).toStrictEqual(['a 1', 'b 3', 'b 3'])
  // And once more, in a chunk of many batches.
  client.once('b', () => {
    client.off('b')
    hear('a')
  })
  stream.push(`${events.repeat(2000)}event: last\ndata\n\n`)
  await last.next()
  expect(heard.length).toStrictEqual(3 + 1 + 1999)
  expect([...new Set(heard.slice(4))]).toStrictEqual(['a 2'])
})

test('listeners may be added and removed at every event of a flood', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const types = ['a', 'b', 'c', 'd', 'e', 'message']
  const removers = new Map()
  const heard = []
  const expected = []
  const toggle = (type) => {
    if (removers.has(type)) {
      removers.get(type)()
      removers.delete(type)
    } else {
      removers.set(
        type,
        client.on(type, (data, event) => heard.push(`${type} ${event.type} ${data}`)),
      )
    }
  }
  const order = Array.from({ length: 5000 }, (_, n) => ({
    n,
    type: types[(n * 7 + (n >> 3)) % 6],
    next: types[(n * 5 + (n >> 2)) % 6],
  }))
  client.on('*', (data, event) => {
    const { n, type } = order[Number(data)]
    expect([n, event.type]).toStrictEqual([Number(data), type])
    if (removers.has(type)) expected.push(`${type} ${type} ${data}`)
  })
  client.on('*', (data) => toggle(order[Number(data)].next))
  for (let at = 0; at < order.length; at += 1250) {
    stream.push(
      order
        .slice(at, at + 1250)
        .map(({ n, type }) => `event: ${type}\ndata: ${n}\n\n`)
        .join(''),
    )
  }
  while (client.stats().events < order.length) await turn()
  // A listener that is removed during an event is not called for it. One that is added gets the next event.
  const removedAtOnce = order.filter(({ type, next }) => type === next).map(({ n, type }) => `${type} ${type} ${n}`)
  expect(heard).toStrictEqual(expected.filter((event) => !removedAtOnce.includes(event)))
  expect(heard.length, `that is many: ${heard.length}`).toBeGreaterThan(500)
})

test('a listener for the empty type gets nothing', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', '*', '', 'event:')
  stream.push('event:\ndata: 1\n\nevent: message\ndata: 2\n\n')
  const heard = [await recorder.next(), await recorder.next(), await recorder.next(), await recorder.next()]
  expect(heard.map(({ type, data, event }) => [type, data, event.type])).toStrictEqual([
    ['message', '1', 'message'],
    ['*', '1', 'message'],
    ['message', '2', 'message'],
    ['*', '2', 'message'],
  ])
})
