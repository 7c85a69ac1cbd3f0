importScripts('listen.js', 'node_modules/sse-fetch/dist/sse-fetch.global.js')

onconnect = ({ ports: [port] }) => {
  listen(SSEFetch, (name, text) => port.postMessage({ name, text }))
}
