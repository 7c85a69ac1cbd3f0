import { SSEClient } from 'sse-fetch'

// Where code runs that may compile no wasm at run time, only bring it along.
export const runtime = 'edge'

export async function GET(request) {
  const client = new SSEClient(`${new URL(request.url).searchParams.get('server')}/api/script/greeting`)
  for await (const { data } of client) return new Response(data)
}
