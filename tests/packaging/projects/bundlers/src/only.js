// A module that only tells errors apart.

import { SSEError } from 'sse-fetch'

document.title = String(new Error() instanceof SSEError)
