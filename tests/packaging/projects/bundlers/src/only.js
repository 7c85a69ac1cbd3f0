// A module that uses only the class of errors.

import { SSEError } from 'sse-fetch'

document.title = String(new Error() instanceof SSEError)
