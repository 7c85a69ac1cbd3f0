// The Probe component in React, in StrictMode.

import './pending.js'
import * as React from 'react'
import { Component, StrictMode, Suspense, useLayoutEffect, useRef } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { flushSync } from 'react-dom'
import { useSSE } from 'sse-fetch/react'
import { note, stage } from './stage.js'

// React 18 has neither of them. There, no component is hidden, and a component that waits for a promise throws it.
const { Activity = ({ children }) => children, use = wait } = React

const finished = new WeakSet()

function wait(promise) {
  if (finished.has(promise)) return
  throw promise.then(() => finished.add(promise))
}

function Probe({ url, options, data, question, isOnce }) {
  // Created again at every render.
  const now = useSSE(url, options && { ...options, headers: { ...options.headers } })
  if (data) use(data)
  const useCommit = isOnServer ? () => {} : useLayoutEffect
  useCommit(() => note(now))
  const { connect } = now
  const hasAsked = useRef(false)
  useCommit(() => {
    // The usual way to write an effect that StrictMode must not run twice.
    if (!question || (isOnce && hasAsked.current)) return
    hasAsked.current = true
    connect({ body: question })
  }, [connect, question, isOnce])
  return <p data-testid="probe">{`${now.state} ${now.data ?? 'nothing'}`}</p>
}

class Boundary extends Component {
  state = {}

  static getDerivedStateFromError(error) {
    return { error }
  }

  render() {
    return this.state.error ? <p data-testid="refused">{String(this.state.error)}</p> : this.props.children
  }
}

const page = ({ isHidden, ...given }) => (
  <StrictMode>
    <Boundary>
      <Suspense fallback="wait">
        <Activity mode={isHidden ? 'hidden' : 'visible'}>
          <Probe {...given} />
        </Activity>
      </Suspense>
    </Boundary>
  </StrictMode>
)

let root
/** Renders to HTML. React 18 warns about layout effects there. */
let isOnServer = false

stage.show = (given) => {
  root ??= createRoot(document.querySelector('main'))
  flushSync(() => root.render(page(given)))
}

stage.remove = () => {
  flushSync(() => root.unmount())
  root = undefined
  stage.now = {}
}

/** Renders as a server does, then hydrates in the page. */
stage.hydrate = async (given) => {
  const { renderToString } = (await import('react-dom/server')).default
  const main = document.querySelector('main')
  isOnServer = true
  main.innerHTML = renderToString(page(given))
  isOnServer = false
  const html = main.textContent
  root = hydrateRoot(main, page(given), { onRecoverableError: (error) => console.error(error) })
  return html
}
