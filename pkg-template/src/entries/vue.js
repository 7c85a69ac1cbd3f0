// `useSSE` for Vue: a connection that lives as long as its component is shown, or the scope it was made in.

import {
  computed, getCurrentInstance, getCurrentScope, onActivated, onDeactivated, onMounted, onScopeDispose, shallowReadonly, shallowRef,
  unref, watch,
} from 'vue'
import { describe, ownEvent, ownText } from './core.js'
import { BLANK, Connection } from '../store/connection.js'
import { keyOf } from '../store/key.js'
import { OWN } from '../store/options.js'
import { SSEClient } from './index.js'

const core = { SSEClient, describe, ownEvent, ownText }

export function useSSE(url, options) {
  const instance = getCurrentInstance()
  // A store's scope, or that of a shared composable, outlives the component that happens to be the first to use it.
  const isOfComponent = instance !== null && getCurrentScope() === instance.scope
  const hasToBeAsked = !isOfComponent && isServer()
  const latest = computed(() => (hasToBeAsked ? { ...toValue(options), immediate: false } : toValue(options)))
  const hook = {
    isOff: false,
    get options() {
      return latest.value
    },
  }
  const refs = {}
  for (const name in BLANK) refs[name] = shallowRef(BLANK[name])

  const make = () => new Connection(core, toValue(url), hook)
  let connection = make()
  let isShown = false
  const follow = () => {
    for (const name in refs) refs[name].value = connection.snapshot[name]
  }
  const show = () => {
    isShown = true
    connection.subscribe(follow)
    connection.applyOptions()
    connection.show()
  }
  const hide = () => {
    isShown = false
    connection.hide()
  }

  const update = () => {
    if (connection.differs(toValue(url), latest.value)) {
      connection.subscribe(undefined)
      connection.hide()
      connection = make()
      follow()
    }
    if (isShown) show()
  }

  // The key reads all that is in the options, so that a change anywhere in them is seen; by the end of the tick at the latest.
  watch(() => [toValue(url), keyOf(latest.value), ...Object.keys(OWN).map((name) => latest.value?.[name])], update)
  if (isOfComponent) {
    onMounted(show)
    onActivated(show)
    onDeactivated(hide)
  } else {
    show()
  }
  if (getCurrentScope()) onScopeDispose(hide)

  const readonly = {}
  for (const name in refs) readonly[name] = shallowReadonly(refs[name])
  return {
    ...readonly,
    // What was changed just before counts already.
    connect: (changes) => {
      update()
      connection.connect(changes)
    },
    disconnect: (reason) => connection.disconnect(reason),
    reconnect: () => {
      update()
      connection.reconnect()
    },
  }
}

/** The same as Vue's function of this name, which Vue 3.2 does not have. */
const toValue = (source) => (typeof source === 'function' ? source() : unref(source))

/**
 * Where nobody would ever end what connects by itself. Only pages and web workers have one of these, while servers that call
 * themselves workers do have a `WorkerGlobalScope`.
 */
const isServer = () => typeof document === 'undefined' && typeof WorkerLocation === 'undefined'
