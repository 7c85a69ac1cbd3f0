// `SSEError` in a file of its own, which all entries share: bundlers leave out only whole files that an application does not import.

export { SSEError } from '../client/error.ts'
