// `SSEError` in a file of its own, which all entries share. So an application that imports only `SSEError` bundles nothing else.

export { SSEError } from '../client/error.ts'
