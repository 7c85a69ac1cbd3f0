// Measures with the engine of the benchmarks, and shows the figures as they come.

import {
  BASELINE,
  chatRowsOf,
  isChat,
  isNetwork,
  meanOf,
  measureChats,
  measureMemory,
  measureRow,
  measureStart,
  OURS,
  PAGE_FULL,
  PAGE_QUICK,
  PARSER,
  relative,
  rowOf,
  spreadOf,
  stepsOf,
  subjectsOf,
} from '/bench/engine.js'
import { part, stamp } from '../dom.js'
import { Chart, drawMeans, nameOf } from './chart.js'
import { drawChats } from './chats.js'
import { grown, number, percent, times } from './figures.js'
import { Realm } from './realm.js'

const PLANS = { quick: PAGE_QUICK, full: PAGE_FULL }

const WHOLE = new Intl.NumberFormat('en-GB')

/** How long a repetition may take after the run was stopped, in ms: with a server that hangs it has no end. */
const GRACE = 5000

/**
 * Waits for `working`, or throws if it has been stopped and does not end. If it ends later, another run may have started: it
 * touches nothing of the page by then.
 */
async function unlessStuck(working, signal) {
  let timer
  const stuck = new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      timer = setTimeout(() => reject(new Error('it does not end')), GRACE)
    })
  })
  try {
    await Promise.race([working, stuck])
  } finally {
    clearTimeout(timer)
  }
}

/** Lets the page be painted, and clicks be handled. */
const breath = () =>
  new Promise((resolve) => {
    setTimeout(resolve)
  })

class Page {
  #catalogue
  #realm = new Realm()
  /** Ends the current run. */
  #run

  constructor(catalogue) {
    this.#catalogue = catalogue
    part('bench-start').disabled = false
    part('bench-start').addEventListener('click', () => this.#press())
    this.#say('Ready.')
  }

  #press() {
    if (!this.#run) return this.#start()
    this.#run.abort()
    // Not `disabled`, because a disabled button loses the focus.
    part('bench-start').setAttribute('aria-disabled', 'true')
    this.#say('Stopping after this repetition.')
  }

  async #start() {
    this.#run = new AbortController()
    const { signal } = this.#run
    this.#realm.signal = signal
    document.body.dataset.running = ''
    try {
      await unlessStuck(this.#everything(PLANS[document.querySelector('input[name="set"]:checked').value], signal), signal)
      this.#say(signal.aborted ? 'Stopped.' : 'Done.')
    } catch (error) {
      console.error(error)
      this.#say(signal.aborted ? 'Stopped.' : `It failed: ${error.message}`)
    } finally {
      this.#realm.close()
      this.#run = undefined
      part('bench-start').removeAttribute('aria-disabled')
      delete document.body.dataset.running
    }
  }

  async #everything(plan, signal) {
    const watch = { breath, isWanted: () => !signal.aborted }
    const rows = subjectsOf(plan, this.#catalogue).map((subject) => rowOf(subject, this.#catalogue))
    const [chats] = chatRowsOf(rows)
    const of = (matches) => rows.filter(({ subject }) => matches(subject))
    const parse = of(({ kind }) => kind === 'parse')
    const panels = [
      { rows: parse, name: 'bench-parse', title: 'Parse and dispatch' },
      { rows: of(({ kind }) => kind === 'json'), name: 'bench-json', title: 'JSON' },
      { rows: of(isNetwork), name: 'bench-network', title: 'End to end' },
    ].map((panel) => ({ ...panel, chart: new Chart(part(panel.name), panel.rows) }))
    part('bench-results').hidden = false
    drawChats(part('bench-chats'), chats)
    part('bench-summary').hidden = true
    for (const name of ['bench-start-time', 'bench-memory-wasm', 'bench-memory-heap', 'bench-memory-events'])
      part(name).textContent = ''
    const progress = part('bench-progress')
    const steps = (all) => all.reduce((sum, row) => sum + stepsOf(plan, row), 0)
    progress.max = 2 + stepsOf(plan, chats.first) + steps(rows.filter(({ subject }) => !isChat(subject)))
    progress.value = 0

    await this.#orReason('bench-start-time', signal, () => this.#starts(plan.starts, watch))
    if (signal.aborted) return
    progress.value += 1
    await this.#chats(chats, plan, progress, watch)
    if (signal.aborted) return
    for (const { rows, chart, title } of panels) {
      for (const row of rows) {
        this.#say(`${title}: ${row.sentence}`)
        await this.#row(row, plan, chart, progress, watch)
        if (signal.aborted) return
        if (rows === parse) this.#summarise(parse)
      }
    }
    await this.#orReason('bench-memory-wasm', signal, () => this.#memory(plan.memoryEvents, watch))
    if (!signal.aborted) progress.value += 1
  }

  /** Measures, or shows in the place of the figure why there is none. */
  async #orReason(name, signal, measure) {
    try {
      await measure()
    } catch (error) {
      console.error(error)
      if (!signal.aborted) part(name).textContent = `not measured: ${error.message}`
    }
  }

  /** A failure in a row makes it void, and leaves the others their figures. */
  async #row(row, plan, chart, progress, watch) {
    const end = progress.value + stepsOf(plan, row)
    chart.draw(row, { isRunning: true })
    const onStep = () => {
      if (!watch.isWanted()) return
      chart.draw(row, { isRunning: true })
      progress.value += 1
    }
    try {
      await measureRow(this.#realm, row, plan, { ...watch, onStep })
    } catch (error) {
      console.error(error)
      row.fail(error.message)
    }
    if (watch.isWanted()) progress.value = end
    chart.draw(row, { isRunning: false })
  }

  async #chats(chats, plan, progress, watch) {
    const end = progress.value + stepsOf(plan, chats.first)
    this.#say(`${chats.first.subject.title}, and later ones`)
    const onStep = () => {
      if (!watch.isWanted()) return
      drawChats(part('bench-chats'), chats)
      progress.value += 1
    }
    try {
      await measureChats(this.#realm, chats, plan, { ...watch, onStep })
    } catch (error) {
      console.error(error)
      for (const row of [chats.first, chats.later]) row.fail(error.message)
    }
    if (watch.isWanted()) progress.value = end
    drawChats(part('bench-chats'), chats)
  }

  async #starts(count, watch) {
    this.#say('Start')
    const spread = spreadOf(await measureStart(this.#realm, count, watch))
    if (!watch.isWanted()) return
    const shown =
      spread.median === 0
        ? 'shorter than the clock of this page can measure'
        : `${number(spread.median)} ms ${percent(relative(spread))}`
    part('bench-start-time').textContent = shown.trim()
  }

  async #memory(events, watch) {
    this.#say(`Memory: ${WHOLE.format(events)} events, then the browser collects its garbage when it likes.`)
    const memory = await measureMemory(this.#realm, events, watch)
    if (!memory) return
    const { wasmAfterFirst, wasmAfter, heapBefore, heapAfter } = memory
    part('bench-memory-wasm').textContent = grown(wasmAfter - wasmAfterFirst)
    const isKnown = heapBefore !== undefined && heapAfter !== undefined
    const unknown = this.#realm.isLate ? 'not reported within a minute' : 'not reported by this browser'
    part('bench-memory-heap').textContent = isKnown ? grown(heapAfter - heapBefore) : unknown
    part('bench-memory-events').textContent = `From the first thousand events to the last of ${WHOLE.format(events)}.`
  }

  /** The geometric mean over the rows so far, for each library. */
  #summarise(rows) {
    const names = rows[0].entries.map(({ name }) => name).filter((name) => name !== BASELINE)
    const means = names.flatMap((name) => meanOf(name, rows) ?? [])
    if (!means.some(({ name }) => name === OURS)) return
    part('bench-summary').hidden = false
    drawMeans(part('bench-means'), means)
    const parser = means.find(({ name }) => name === PARSER)
    part('bench-headline').parentElement.hidden = !parser
    if (!parser) return
    part('bench-headline').textContent = times(parser.mean)
    part('bench-headline-rows').textContent = `${parser.rows} of ${rows.length} streams`
  }

  #say(text) {
    part('bench-status').textContent = text
  }
}

/** Shows which libraries take part, in which version. */
function introduce({ libraries }) {
  part('bench-libraries').replaceChildren(
    ...libraries.map(({ name, version }) => {
      const item = stamp('bench-library-template')
      item.querySelector('b').textContent = nameOf(name)
      item.querySelector('span').textContent = /^\d/.test(version) ? version : ''
      return item
    }),
  )
}

/** Makes the page ready to measure. */
export async function open() {
  const realm = new Realm()
  try {
    await realm.renew()
    const catalogue = await realm.benchmark.list()
    introduce(catalogue)
    new Page(catalogue)
  } finally {
    realm.close()
  }
}
