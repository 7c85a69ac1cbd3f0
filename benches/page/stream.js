// A response from memory: each read returns the next chunk.

const HEADERS = { 'content-type': 'text/event-stream' }

/** A `Response` whose body is this stream: the same events in each repetition, in other chunks. */
export function responseOf({ block, cut, rounds }, repetition = 0) {
  let turn = repetition * rounds
  const end = turn + rounds
  let chunks = cut(block, turn)
  const body = new ReadableStream(
    {
      // One at a time, as from a network: engines differ in what a long queue costs.
      pull(controller) {
        let next = chunks.next()
        if (next.done && ++turn < end) next = (chunks = cut(block, turn)).next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: HEADERS })
}
