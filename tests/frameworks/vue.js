// The Probe component in Vue.

import './pending.js'
import { createApp, createSSRApp, defineComponent, effectScope, h, isRef, KeepAlive, nextTick, onErrorCaptured, onMounted, onUpdated, ref, shallowRef, Suspense } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { useSSE } from 'sse-fetch/vue'
import { note, stage } from './stage.js'

/** What `useSSE` returned, with the value of each ref. */
const values = (it) => Object.fromEntries(Object.entries(it).map(([name, value]) => [name, isRef(value) ? value.value : value]))

const Probe = defineComponent({
  props: ['given'],
  async setup({ given }) {
    const { data, question, isShared } = given.value
    // A getter creates the options again whenever something changes.
    const options = () => given.value.options && { ...given.value.options, headers: { ...given.value.options.headers } }
    const use = () => useSSE(() => given.value.url, options)
    if (isShared) stage.shared = effectScope(true)
    const it = isShared ? stage.shared.run(use) : use()
    if (question) it.connect({ body: question })
    const noted = () => note(values(it))
    onMounted(noted)
    onUpdated(noted)
    if (data) await data
    return () => h('p', { 'data-testid': 'probe' }, Object.values(values(it)) && `${it.state.value} ${it.data.value ?? 'nothing'}`)
  },
})

const Page = defineComponent({
  props: ['given'],
  setup(props) {
    const refused = ref()
    onErrorCaptured((error) => {
      refused.value = String(error)
      return false
    })
    const probe = () => (props.given.value.isHidden ? null : h(Probe, { given: props.given }))
    return () =>
      refused.value
        ? h('p', { 'data-testid': 'refused' }, refused.value)
        : h(Suspense, null, { default: () => h('section', [h(KeepAlive, null, { default: probe })]) })
  },
})

let app
const given = shallowRef()

stage.show = async (next) => {
  given.value = next
  if (!app) {
    app = createApp(Page, { given })
    app.mount('main')
  }
  await nextTick()
}

stage.remove = () => {
  app.unmount()
  app = undefined
  stage.now = {}
}

/** Renders as a server does, then hydrates in the page. */
stage.hydrate = async (next) => {
  given.value = next
  const main = document.querySelector('main')
  main.innerHTML = await renderToString(createSSRApp(Page, { given }))
  const html = main.textContent
  app = createSSRApp(Page, { given })
  app.mount(main)
  return html
}

/** Calls `useSSE` outside of components. Returns the function that ends it. */
stage.inScope = (url, options) => {
  const scope = effectScope()
  scope.run(() => (stage.scoped = useSSE(url, options)))
  return () => scope.stop()
}

Object.assign(stage, { ref, nextTick, useSSE })
