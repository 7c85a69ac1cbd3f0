// What goes beyond the standard and must be asked for: `emptyEvents`, `until`, `unfinished`. It must not depend on how the
// bytes arrive.

import { EventRecorder, expect, rejection, test, turn } from './fixture/index.ts'

const encoder = new TextEncoder()

/** Not valid UTF-8. A batch that contains it is decoded field by field. */
const MALFORMED = Uint8Array.of(...encoder.encode('data: '), 0xff, 0x0a, 0x0a)

/** How a stream arrives: its chunks, and whether its listeners pause at every event. */
const WAYS = {
  'in one chunk': (bytes) => ({ chunks: [bytes] }),
  'in one chunk, paused at every event': (bytes) => ({ chunks: [bytes], isPaused: true }),
  'one event per chunk': (bytes) => ({ chunks: blocksOf(bytes) }),
  'one event per chunk, paused at every event': (bytes) => ({ chunks: blocksOf(bytes), isPaused: true }),
  'byte by byte': (bytes) => ({ chunks: [...bytes].map((byte) => Uint8Array.of(byte)) }),
  'behind malformed UTF-8': (bytes) => ({ chunks: [Uint8Array.of(...MALFORMED, ...bytes)], before: 1 }),
  'behind other alphabets': (bytes) => ({ chunks: [Uint8Array.of(...encoder.encode('data: é中🎈\n\n'), ...bytes)], before: 1 }),
  'behind many others': (bytes) => ({
    chunks: [Uint8Array.of(...encoder.encode('data: {}\n\n'.repeat(2000)), ...bytes)],
    before: 2000,
  }),
}

/** Each block with its blank line. */
const blocksOf = (bytes) =>
  new TextDecoder()
    .decode(bytes)
    .split(/(?<=\n\n)/)
    .map((block) => encoder.encode(block))

/**
 * Expects that a stream delivers these `[type, data, id, lastEventId]` and closes like this, however it arrives, and with a
 * listener for each type as well as with one for all.
 */
async function demand(fixture, text, options, expected, close: object = { reason: 'server' }) {
  const bytes = encoder.encode(text)
  const ways: [string, any][] = Object.entries(WAYS).map(([name, way]) => [name, way(bytes)])
  for (let at = 1; at < bytes.length; at++) ways.push([`cut at ${at}`, { chunks: [bytes.subarray(0, at), bytes.subarray(at)] }])
  for (const [name, way] of ways) {
    for (const types of [['*'], ['message', 'end', 'ping', 'é']]) {
      const { events, ...closed } = await delivered(fixture, way, options, types)
      expect(events.slice(way.before ?? 0), `${JSON.stringify(text)} ${name}, listeners to ${types}`).toStrictEqual(expected)
      expect(closed, `${JSON.stringify(text)} ${name}, listeners to ${types}`).toStrictEqual(close)
    }
  }
}

/** What a stream delivers, with the codes of errors. */
async function delivered(fixture, { chunks, isPaused = false }: any, options, types) {
  const { client, stream } = await fixture.open({ reconnect: 'never', ...options })
  const events = []
  for (const type of types) {
    client.on(type, (data, event) => {
      events.push([event.type, data, event.id, event.lastEventId])
      if (!isPaused) return
      client.pause()
      turn().then(() => client.resume())
    })
  }
  client.on('error', ({ code }) => events.push(code))
  const recorder = new EventRecorder(client, 'close')
  stream.push(...chunks).end()
  const { reason, error } = await recorder.nextData()
  // The fixture would keep every chunk of the many clients of a test.
  fixture.clients.pop()
  fixture.server.calls.pop()
  return error ? { events, reason, error } : { events, reason }
}

test('with emptyEvents, an event that has a type and no data is delivered', async ({ fixture }) => {
  const stream =
    'data: a\n\nevent: end\n\nevent: é\nid: 7\n\nevent:\n\nid: 8\n\n: c\n\ndata: b\n\nevent: ping\ndata\n\nevent: end\n: c\n\n'
  const [first, last, ping] = [
    ['message', 'a', '', ''],
    ['message', 'b', '', '8'],
    ['ping', '', '', '8'],
  ]
  await demand(fixture, stream, {}, [first, last, ping])
  await demand(fixture, stream, { emptyEvents: false }, [first, last, ping])
  const all = [first, ['end', '', '', ''], ['é', '', '7', '7'], last, ping, ['end', '', '', '8']]
  await demand(fixture, stream, { emptyEvents: true }, all)
  await demand(fixture, stream, { emptyEvents: true, parse: 'text', history: 3 }, all)
})

test('an event without data is delivered with every kind of parse', async ({ fixture }) => {
  const stream = 'data: 1\n\nevent: end\n\ndata:\n\nevent: ping\ndata:\n\n'
  const named = [
    ['end', '', '', ''],
    ['ping', '', '', ''],
  ]
  for (const [parse, first, blank] of [
    ['auto', '1', ['message', '', '', '']],
    ['text', '1', ['message', '', '', '']],
    ['json', 1, undefined],
  ]) {
    const expected = [['message', first, '', ''], named[0], ...(blank ? [blank] : []), named[1]]
    await demand(fixture, stream, { emptyEvents: true, parse }, expected)
  }
  const parse = (text, event) => `${event.type}(${text})`
  await demand(fixture, stream, { emptyEvents: true, parse }, [
    ['message', 'message(1)', '', ''],
    ['end', 'end()', '', ''],
    ['message', 'message()', '', ''],
    ['ping', 'ping()', '', ''],
  ])
})

test('an event without data can end a loop', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ emptyEvents: true, until: ({ type }) => type === 'end' })
  const events = []
  const all = (async () => {
    for await (const { data } of client) events.push(data)
  })()
  stream.push('data: a\n\nevent: end\n\ndata: never\n\n')
  await all
  expect([events, client.state, client.stats().events]).toStrictEqual([['a'], 'closed', 2])
})

test('white space around the end mark is ignored', async ({ fixture }) => {
  for (const until of ['[DONE]', ' [DONE]\n']) {
    for (const mark of ['[DONE]', '[DONE] ', '  [DONE]', '\t[DONE]\r', '\ndata: [DONE]\ndata:']) {
      await demand(fixture, `data: a\n\nid: 7\ndata: ${mark}\n\ndata: never\n\n`, { until }, [['message', 'a', '', '']], {
        reason: 'done',
      })
    }
  }
  const { events } = await delivered(
    fixture,
    { chunks: [encoder.encode('data: [DONE\n\ndata: D ONE]\n\n')] },
    { until: '[DONE]' },
    ['*'],
  )
  expect(events.slice(0, 2).map(([, data]) => data)).toStrictEqual(['[DONE', 'D ONE]'])
})

test('the event that ends the stream is delivered if until asks for it', async ({ fixture }) => {
  const until = ({ type, data }) => (type === 'end' || data === 'last' ? 'deliver' : false)
  const stream = 'data: a\n\nevent: end\nid: 7\ndata: {"usage":1}\n\ndata: never\n\n'
  const expected = [
    ['message', 'a', '', ''],
    ['end', { usage: 1 }, '7', '7'],
  ]
  await demand(fixture, stream, { until }, expected, { reason: 'done' })
  await demand(fixture, stream, { until, history: 2 }, expected, { reason: 'done' })
  await demand(fixture, 'data: last\n\ndata: never\n\n', { until }, [['message', 'last', '', '']], { reason: 'done' })
})

test('until can turn an error event of the server into the error that ends the stream', async ({ fixture }) => {
  const error = new Error('overloaded')
  const returns = (event) => event.type === 'end' && error
  const throws = (event) => {
    if (event.type === 'end') throw error
  }
  const stream = 'data: a\n\nevent: end\nid: 7\ndata: {"error":"overloaded"}\n\ndata: never\n\n'
  for (const until of [returns, throws]) {
    await demand(fixture, stream, { until }, [['message', 'a', '', '']], { reason: 'fatal', error })
  }
})

test('a loop throws the same error object that until ends the stream with', async ({ fixture }) => {
  for (const error of [new Error('overloaded'), new DOMException('overloaded'), errorOfAnotherFrame()]) {
    const { client, stream } = await fixture.open({ until: ({ data }) => data === 'bad' && error })
    const recorder = new EventRecorder(client, 'error')
    const iterator = client[Symbol.asyncIterator]()
    const reader = client.stream().getReader()
    const events = [iterator.next(), reader.read()]
    stream.push('data: a\n\ndata: bad\n\ndata: never\n\n')
    expect((await Promise.all(events)).map(({ value }) => value.data)).toStrictEqual(['a', 'a'])
    expect(await rejection(iterator.next()), 'the iterator throws it').toBe(error)
    expect(await rejection(reader.read()), 'the stream errors with it').toBe(error)
    expect(await rejection(client[Symbol.asyncIterator]().next()), 'so does an iterator made later').toBe(error)
    expect([await iterator.next(), client.state]).toStrictEqual([{ value: undefined, done: true }, 'closed'])
    expect([stream.cancelled, recorder.recorded]).toStrictEqual([true, []])
    await fixture.connect(client)
    const again = new EventRecorder(client, 'close')
    client.disconnect()
    expect(await again.nextData(), 'the error is that of one connection').toStrictEqual({ reason: 'client' })
  }
})

function errorOfAnotherFrame() {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const error = new (frame.contentWindow as any).Error('overloaded')
  frame.remove()
  return error
}

test('a loop gets the event that ends the stream if until asks for it', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ until: ({ data }) => data === 'last' && 'deliver' })
  const events = []
  const all = (async () => {
    for await (const { data } of client) events.push(data)
  })()
  stream.push('data: a\n\ndata: last\n\ndata: never\n\n')
  await all
  expect([events, client.state]).toStrictEqual([['a', 'last'], 'closed'])
})

test('a listener of the last event may call every method', async ({ fixture }) => {
  const acts = {
    pause: { act: (client) => client.pause(), reason: 'done' },
    disconnect: { act: (client) => client.disconnect(), reason: 'client' },
    throw: {
      act: () => {
        throw new Error('my mistake')
      },
      reason: 'done',
    },
  }
  for (const [name, { act, reason }] of Object.entries(acts)) {
    const { client, stream } = await fixture.open({ until: () => 'deliver' })
    const recorder = new EventRecorder(client, 'message', 'close')
    client.on('message', () => act(client))
    stream.push('data: last\n\ndata: never\n\n')
    expect(await recorder.take(2), name).toStrictEqual(['last', { reason }])
    if (name === 'throw') await fixture.reports.next()
  }
  // The new stream does not end with the last event of this one.
  const { client, stream } = await fixture.open({ until: ({ data }) => data === 'last' && 'deliver' })
  const recorder = new EventRecorder(client, 'message', 'close')
  client.once('message', () => client.reconnect())
  stream.push('data: last\n\ndata: never\n\n')
  expect(await recorder.nextData()).toBe('last')
  ;(await fixture.server.next()).stream().push('data: next\n\n')
  expect([await recorder.nextData(), client.state]).toStrictEqual(['next', 'open'])
})

test('an until that throws a value that is not an Error is reported, and the stream continues', async ({ fixture }) => {
  const { client, stream } = await fixture.open({
    until: () => {
      throw 'no error'
    },
  })
  const recorder = new EventRecorder(client, 'message')
  stream.push('data: 1\n\n')
  expect(await recorder.nextData()).toBe('1')
  expect([await fixture.reports.next(), client.state]).toStrictEqual(['no error', 'open'])
})

test('an error given to disconnect is in the close event, and loops throw it', async ({ fixture }) => {
  const error = new Error('the server said so')
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'close', 'error')
  client.on('failure', () => client.disconnect(error))
  const iterator = client[Symbol.asyncIterator]()
  const reader = client.stream().getReader()
  const events = [iterator.next(), reader.read()]
  stream.push('event: failure\ndata: x\n\ndata: never\n\n')
  for (const event of events) expect((await rejection(event)) === error, 'the loop throws it').toBeTruthy()
  expect([await recorder.nextData(), recorder.recorded.length]).toStrictEqual([{ reason: 'client', error }, 1])
  expect(client.state).toBe('closed')
  // Any other argument is not an error.
  await fixture.connect(client)
  client.disconnect('enough')
  expect(await recorder.nextData()).toStrictEqual({ reason: 'client' })
})

test('the error given to disconnect stays, even if disconnect is called again', async ({ fixture }) => {
  const error = new Error('the server said so')
  for (const again of [undefined, new Error('another')]) {
    const client = fixture.client({ reconnect: 'never' })
    const recorder = new EventRecorder(client, 'close')
    // The close event comes after all listeners of this event were called.
    client.on('open', () => client.disconnect(error))
    client.on('open', () => client.disconnect(again))
    const next = client[Symbol.asyncIterator]().next()
    const call = await fixture.server.next()
    call.stream()
    expect(await rejection(next), 'the loop throws it').toBe(error)
    const closed = await recorder.nextData()
    expect(closed.reason === 'client' && closed.error === error, 'the close event has it').toBeTruthy()
    // The connection has ended already, so this error does not affect the next one.
    client.disconnect(again)
    client.off('open')
    await fixture.connect(client)
    client.disconnect()
    expect(await recorder.nextData()).toStrictEqual({ reason: 'client' })
  }
})

test('connect rejects with an SSEError, even if disconnect was given another error', async ({ fixture }) => {
  const error = new Error('changed my mind')
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'close')
  const connected = rejection(client.connect())
  client.disconnect(error)
  const { name, code, cause } = await connected
  expect([name, code, cause === error]).toStrictEqual(['SSEError', 'aborted', true])
  expect(await recorder.nextData()).toStrictEqual({ reason: 'client', error })
})

/** How a stream may end within an event, after `data: a`: each is the same event `b`. */
const CUTS = ['data: b', 'data: b\n', 'data: b\r', 'data: b\r\n', 'data: b\n\n']

test('with unfinished: deliver, an event cut off by the end of the stream is delivered', async ({ fixture }) => {
  const first = ['message', 'a', '', '']
  for (const cut of CUTS) {
    const whole = cut.endsWith('\n\n')
    const last = ['end', 'b', '7', '7']
    const stream = `data: a\n\nid: 7\nevent: end\n${cut}`
    await demand(fixture, stream, { unfinished: 'deliver' }, [first, last])
    await demand(fixture, stream, {}, whole ? [first, last] : [first])
    await demand(fixture, stream, { unfinished: 'discard' }, whole ? [first, last] : [first])
  }
  await demand(fixture, 'data: é中🎈\ndata: b', { unfinished: 'deliver' }, [['message', 'é中🎈\nb', '', '']])
  await demand(fixture, 'event: end', { unfinished: 'deliver', emptyEvents: true }, [['end', '', '', '']])
  await demand(fixture, 'event: end', { unfinished: 'deliver' }, [])
  await demand(fixture, 'data: a\n\n: comment', { unfinished: 'deliver' }, [first])
})

test('an event cut off by the end of the stream can be the end mark', async ({ fixture }) => {
  const options = { until: '[DONE]', unfinished: 'deliver' }
  for (const mark of ['[DONE]', '[DONE]\n', '[DONE] \r\n']) {
    await demand(fixture, `data: a\n\ndata: ${mark}`, options, [['message', 'a', '', '']], { reason: 'done' })
  }
  const error = new Error('overloaded')
  const until = ({ data }) => data === 'bad' && error
  await demand(fixture, 'data: a\n\ndata: bad', { until, unfinished: 'deliver' }, [['message', 'a', '', '']], {
    reason: 'fatal',
    error,
  })
})

test('an unfinished event of a stream that breaks is not delivered', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ unfinished: 'deliver', reconnect: 'never' })
  const recorder = new EventRecorder(client, 'message', 'close')
  stream.push('data: a\n\ndata: half of i').break()
  expect(await recorder.nextData()).toBe('a')
  expect((await recorder.nextData()).error.code).toBe('network')
})

test('an unfinished event waits while the client is paused, and is delivered before close', async ({ fixture }) => {
  for (const text of ['data: a\n\ndata: b', 'data: b']) {
    const { client, stream } = await fixture.open({ unfinished: 'deliver', reconnect: 'never' })
    const recorder = new EventRecorder(client, '*', 'close')
    if (text === 'data: b') client.pause()
    else client.once('message', () => client.pause())
    stream.push(text).end()
    for (let n = 0; n < 5; n++) await turn()
    for (const [, data] of recorder.recorded) expect(data, 'nothing else yet').toBe('a')
    client.resume()
    expect((await recorder.until('close')).reason).toBe('server')
    expect(recorder.recorded.map(([, data]) => data).slice(-2)[0]).toBe('b')
  }
})

test('a loop gets the unfinished event, too', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ unfinished: 'deliver', reconnect: 'never' })
  const events = []
  stream.push('data: a\n\ndata: b').end()
  for await (const { data } of client) events.push(data)
  expect(events).toStrictEqual(['a', 'b'])
})

test('the debug log has ignored lines and unfinished events', async ({ fixture }) => {
  const kinds = ['unfinished', 'ignored-lines']
  const logged = async (text, options?, end = (stream) => stream.end()) => {
    const entries = []
    const { client, stream } = await fixture.open({ reconnect: 'never', debug: (entry) => entries.push(entry), ...options })
    const recorder = new EventRecorder(client, 'close')
    for (const chunk of [].concat(text)) stream.push(chunk)
    end(stream)
    await recorder.next()
    return entries.filter(({ kind }) => kinds.includes(kind)).map(({ at, ...entry }) => entry)
  }
  const unfinished = { kind: 'unfinished', lastEventId: '7' }
  const ignored = (lines) => ({ kind: 'ignored-lines', lines })
  for (const cut of ['data: secret', 'data: secret\n', 'event: e\ndata', ': c\ndata: secret\n: c']) {
    expect(await logged(`id: 7\ndata: a\n\n${cut}`), cut).toStrictEqual([unfinished])
    expect(await logged(`id: 7\ndata: a\n\n${cut}`, {}, (stream) => stream.break()), cut).toStrictEqual([unfinished])
    expect(await logged(`id: 7\ndata: a\n\n${cut}`, { unfinished: 'deliver' }), cut).toStrictEqual([])
  }
  for (const whole of ['', 'event: e', 'id: 8', ': comment', '\n', 'retry: 5'])
    expect(await logged(`id: 7\ndata: a\n\n${whole}`), whole).toStrictEqual([])
  expect(await logged('data: a\n\nDATA: b\n\n{"data":1}\n\n')).toStrictEqual([ignored(2)])
  expect(await logged(['data: a\n\npi', 'ng'], {}), 'a last line without an end counts').toStrictEqual([ignored(1)])
  expect(await logged('data: a\n\nnonsense\ndata: b', { unfinished: 'deliver' })).toStrictEqual([ignored(1)])
})
