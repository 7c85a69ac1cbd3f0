// A module that uses one class, and has a property that the minifier may rename.

import { SSEClient } from 'sse-fetch'

console.log(new SSEClient('http://localhost/stream').state, { _private: 1 }._private)
