// A module that uses one of the classes, and has a property that its minifier may rename.

import { SSEClient } from 'sse-fetch'

console.log(new SSEClient('http://localhost/stream').state, { _private: 1 }._private)
