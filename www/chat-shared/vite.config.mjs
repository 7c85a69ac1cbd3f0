// What the two chats have in common. An app of your own needs none of it: `sse-fetch` works without settings.

import { fileURLToPath } from 'node:url'

/** Where `cargo xtask demo` is listening, when the chats are run with Vite's own server: `npx vite www/chat-react`. */
const demo = 'http://127.0.0.1:8080'

export default {
  resolve: {
    // Where an app finds the package from npm in its node_modules, these two take the one that this checkout has built.
    alias: { 'sse-fetch': fileURLToPath(new URL('../../pkg', import.meta.url)) },
  },
  // The demo's server takes writes only from pages of its own, so Vite's pages speak as one of them.
  server: { proxy: { '/api': { target: demo, headers: { origin: demo } }, '/js': demo, '/icon': demo } },
}
