// `useSSE` for Vue: a connection that lives as long as its component is shown, or the scope it was made in.

import {
  computed, getCurrentInstance, getCurrentScope, onActivated, onDeactivated, onMounted, onScopeDispose, shallowReadonly, shallowRef,
  toValue, watch,
} from 'vue'
import { BLANK, Connection, isImmediate } from './hooks/connection.js'
import { keyOf } from './hooks/key.js'
import { SSEClient } from './index.js'

export function useSSE(url, options) {
  const latest = computed(() => toValue(options))
  const refs = {}
  for (const name in BLANK) refs[name] = shallowRef(BLANK[name])

  const make = () => new Connection(SSEClient, toValue(url), () => latest.value)
  let connection = make()
  let isShown = false
  const follow = () => {
    for (const name in refs) refs[name].value = connection.snapshot[name]
  }
  const show = () => {
    isShown = true
    connection.subscribe(follow)
    connection.immediate = isImmediate(latest.value)
    connection.show()
  }
  const hide = () => {
    isShown = false
    connection.hide()
  }

  // The key reads all that is in the options, so that a change anywhere in them is seen; by the end of the tick at the latest.
  watch(
    () => [toValue(url), keyOf(latest.value), isImmediate(latest.value)],
    () => {
      if (connection.differs(toValue(url), latest.value)) {
        connection.subscribe(undefined)
        connection.hide()
        connection = make()
        follow()
      }
      if (isShown) show()
    },
  )
  if (getCurrentInstance()) {
    onMounted(show)
    onActivated(show)
    onDeactivated(hide)
  } else if (typeof document !== 'undefined') {
    // Nobody mounts it; but not on a server either.
    show()
  }
  if (getCurrentScope()) onScopeDispose(hide)

  const readonly = {}
  for (const name in refs) readonly[name] = shallowReadonly(refs[name])
  return {
    ...readonly,
    connect: (changes) => connection.connect(changes),
    disconnect: () => connection.disconnect(),
    reconnect: () => connection.reconnect(),
  }
}
