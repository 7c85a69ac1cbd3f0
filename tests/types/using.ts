// `using`, which TypeScript has since 5.2.

import { SSEClient } from 'sse-fetch'

{
  using client = new SSEClient('/events')
  void client.readyState
}
const disposable: Disposable = new SSEClient('/events')
void disposable
