// A classic worker with the script-tag build.

importScripts('/pkg/dist/sse-fetch.global.js')

const client = new SSEFetch.SSEClient('/events')
client.on('notification', ({ title }, { id, origin }) => postMessage({ title, id, origin }))
client.on('state', ({ state }) => postMessage({ state }))
client.connect()
