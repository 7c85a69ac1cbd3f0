importScripts('old-engines.js', 'listen.js', 'node_modules/sse-fetch/dist/sse-fetch.global.js')

listen(SSEFetch, (name, text) => postMessage({ name, text }))
