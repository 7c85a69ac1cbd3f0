importScripts('listen.js', 'node_modules/sse-fetch/dist/sse-fetch.global.js')

onmessage = ({ source }) => {
  listen(SSEFetch, (name, text) => source.postMessage({ name, text }))
}
