import { SSEClient } from 'sse-fetch'
import required from './required.cjs'

console.log(SSEClient === required.index.SSEClient, SSEClient === required.slim.SSEClient, typeof required.slim.init)
