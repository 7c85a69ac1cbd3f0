// Renders a component of each framework as a server does, and prints it.

import { createElement } from 'react'
import { renderToString as renderReact } from 'react-dom/server'
import { createSSRApp, h } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'

export async function render({ useReact, useVue }) {
  const ReactState = () => createElement('p', null, useReact('/events').state)
  console.log('react:', renderReact(createElement(ReactState)))

  const VueState = {
    setup() {
      const { state } = useVue('/events')
      return () => h('p', state.value)
    },
  }
  console.log('vue:', await renderVue(createSSRApp(VueState)))
}
