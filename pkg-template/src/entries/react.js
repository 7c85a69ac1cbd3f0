'use client'

// `useSSE` for React: a connection that lives as long as its component is shown.

import { useEffect, useInsertionEffect, useState, useSyncExternalStore } from 'react'
import { describe, ownEvent, ownText } from './core.js'
import { BLANK, Connection } from '../store/connection.js'
import { SSEClient } from './index.js'

const core = { SSEClient, describe, ownEvent, ownText }

export function useSSE(url, options) {
  const [hook] = useState(hookOf)
  const make = () => new Connection(core, url, hook)
  let [connection, setConnection] = useState(make)
  // During the render, so that nothing of the old one is ever shown for the new one.
  if (connection.differs(url, options)) setConnection((connection = make()))

  // Before any other effect, because those may call what is returned.
  useInsertionEffect(() => {
    hook.options = options
    hook.connection = connection
  })
  // Before the one that hides: what is hidden has nobody to tell.
  const snapshot = useSyncExternalStore(connection.subscribe, () => connection.snapshot, blank)
  useEffect(() => connection.applyOptions())
  useEffect(() => {
    connection.show()
    return () => connection.hide()
  }, [connection])

  const { connect, disconnect, reconnect } = hook
  return { ...snapshot, connect, disconnect, reconnect }
}

const blank = () => BLANK

/** What stays the same for the life of a component; it knows the options and the connection of the last commit. */
function hookOf() {
  const hook = {
    options: undefined,
    isOff: false,
    connection: undefined,
    connect: (changes) => hook.connection?.connect(changes),
    disconnect: (reason) => hook.connection?.disconnect(reason),
    reconnect: () => hook.connection?.reconnect(),
  }
  return hook
}
