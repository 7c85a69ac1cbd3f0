// § 9.2.5, parsing an event stream, through the class. (The parser's own tests are in tests/parser.)

import { gate, same, stream } from './eventsource.js'

/** The messages of a stream that ends with the event `last`, which is left out. */
export async function messages(bench, ...chunks) {
  const watched = bench.watch(bench.url(stream(...chunks, 'data: last\n\n')), undefined, 'named')
  await watched.until(() => watched.messages.some(([, data]) => data === 'last'))
  return watched.messages.filter(([, data]) => data !== 'last').map(([type, data]) => [type, data])
}

const says = (...data) => data.map((data) => ['message', data])

const bytes = (text) => [...new TextEncoder().encode(text)]

export const cases = {
  /** One byte order mark may begin the stream, … */
  async one_byte_order_mark_is_ignored(bench) {
    same(await messages(bench, '\ufeffdata: x\n\n'), says('x'))
  },

  /** … also in pieces, … */
  async a_byte_order_mark_may_come_in_pieces(bench) {
    const [first, ...rest] = bytes('\ufeffdata: x\n\n')
    same(await messages(bench, [first], rest), says('x'))
  },

  /** … and no second one, which belongs to the first line. */
  async a_second_byte_order_mark_is_text(bench) {
    same(await messages(bench, '\ufeff\ufeffdata: x\n\ndata: y\n\n'), says('y'))
    same(await messages(bench, 'data: y\n\n\ufeffdata: x\n\n'), says('y'))
  },

  /** Lines end with LF, … */
  async lines_end_with_lf(bench) {
    same(await messages(bench, 'data: a\ndata: b\n\n'), says('a\nb'))
  },

  /** … CR … */
  async lines_end_with_cr(bench) {
    same(await messages(bench, 'data: a\rdata: b\r\r'), says('a\nb'))
  },

  /** … or both, … */
  async lines_end_with_crlf(bench) {
    same(await messages(bench, 'data: a\r\ndata: b\r\n\r\n'), says('a\nb'))
  },

  /** … in any mixture. */
  async line_ends_may_be_mixed(bench) {
    same(await messages(bench, 'data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\r'), says('a\nb\nc', 'd'))
  },

  /** CR and LF in two pieces are still one line end. */
  async a_line_end_may_come_in_pieces(bench) {
    same(await messages(bench, 'data: a\r', '\ndata: b\r', '\n\r', '\n'), says('a\nb'))
  },

  /** An event is dispatched as soon as its blank line is there, which a lone CR is. */
  async events_do_not_wait_for_what_comes_next(bench) {
    const held = gate()
    for (const end of ['\n\n', '\r\r', '\r\n\r']) {
      const watched = bench.watch(bench.url(stream(`data: x${end}`, held.wait)))
      await watched.waitFor('message')
      watched.source.close()
    }
  },

  /** What ends lines elsewhere does not here. */
  async nothing_else_ends_a_line(bench) {
    same(await messages(bench, 'data: a\vb\fc\x85d\u2028e\u2029f\u0000g\n\n'), says('a\vb\fc\x85d\u2028e\u2029f\u0000g'))
  },

  /** The stream is UTF-8, … */
  async streams_are_utf_8(bench) {
    same(await messages(bench, 'data: ok…🦀 事件\n\n'), says('ok…🦀 事件'))
  },

  /** … also when a character comes in pieces, … */
  async a_character_may_come_in_pieces(bench) {
    const all = bytes('data: 🦀\n\n')
    same(await messages(bench, all.slice(0, 8), all.slice(8, 9), all.slice(9)), says('🦀'))
  },

  /** … whatever charset the content type names. */
  async another_encoding_cannot_be_chosen(bench) {
    const reply = { ...stream('data: ok…\n\n'), headers: { 'content-type': 'text/event-stream; charset=windows-1251' } }
    const watched = bench.watch(bench.url(reply))
    await watched.waitFor('message')
    same(watched.messages, [['message', 'ok…', '']])
  },

  /** What is no UTF-8 is replaced (Encoding, UTF-8 decode). */
  async malformed_utf_8_is_replaced(bench) {
    const malformed = [...bytes('data: '), 0xff, 0x20, 0xe2, 0x82, 0x20, 0xed, 0xa0, 0x80, ...bytes('\n\n')]
    same(await messages(bench, malformed), says('\ufffd \ufffd \ufffd\ufffd\ufffd'))
  },

  /** A comment begins with a colon and is of any length. */
  async comments_say_nothing(bench) {
    same(await messages(bench, ':\n', `:${'x'.repeat(100_000)}\r\n`, ':data: no\ndata: a\n: between\ndata: b\n\n'), says('a\nb'))
  },

  /** A field has a name, and may have a colon and a value. */
  async fields_need_no_value(bench) {
    same(await messages(bench, 'data\n\ndata:\n\ndata\ndata\n\n'), says('', '', '\n'))
  },

  /** Lines may be long. */
  async lines_may_be_long(bench) {
    const long = 'long🦀'.repeat(20_000)
    same((await messages(bench, `data: ${long}\n\n`))[0][1].length, long.length)
  },
}
