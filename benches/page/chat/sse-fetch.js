// The package as an application bundles it.

import { SSEClient } from 'sse-fetch'
import { run as runWith } from '../libraries/sse-fetch.js'

export const run = (job) => runWith(SSEClient, job)
