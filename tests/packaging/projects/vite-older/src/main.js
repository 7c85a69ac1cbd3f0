// The slim entry, whose wasm is a file of its own.

import { init, SSEClient } from 'sse-fetch/slim'
import { show } from './show.js'

const server = new URLSearchParams(location.search).get('server')

await init()
const client = new SSEClient(`${server}/events`)
client.on('open', () => show('slim', 'open'))
client.on('notification', ({ title }) => show('slim', title))
client.connect()
