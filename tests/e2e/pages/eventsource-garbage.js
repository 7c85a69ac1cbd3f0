// § 9.2.9, garbage collection, as far as it can be seen.

import { gate, same, stream } from './eventsource.js'

export const cases = {
  /** While there is a connection, or one will follow, and there is a listener, the object is not collected. */
  async a_source_without_references_receives_events(bench) {
    const held = gate()
    const url = bench.url(stream('data: 1\n\n', held.wait, 'data: 2\n\n'))
    const received = new Promise((resolve) => {
      new bench.EventSource(url).onmessage = ({ data, target }) => {
        if (data === '1') return
        target.close()
        resolve(data)
      }
    })
    // Enough that an engine has to clean up.
    for (let i = 0; i < 200; i++) new Array(100_000).fill(i)
    await bench.open(held.name)
    same(await received, '2')
  },

  /** When its document goes away for good, an object is closed and its fetch aborted. */
  async a_document_that_goes_away_takes_its_sources_along(bench) {
    if (!bench.isPage) return
    const frame = document.createElement('iframe')
    frame.src = location.pathname
    const loaded = new Promise((resolve) => (frame.onload = resolve))
    document.body.append(frame)
    await loaded
    const url = bench.url(stream('data: x\n\n'))
    const classes = frame.contentWindow.classes
    const source = new classes[bench.ours ? 'ours' : 'native'](url)
    await new Promise((resolve) => (source.onmessage = resolve))
    frame.remove()
    await bench.over(url)
  },
}
