import { SSEClient } from 'sse-fetch'

// A route of the edge runtime, where code must not compile wasm but may import it.
export const runtime = 'edge'

export async function GET(request) {
  const client = new SSEClient(`${new URL(request.url).searchParams.get('server')}/api/script/greeting`)
  for await (const { data } of client) return new Response(data)
}
