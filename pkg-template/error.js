// The error of all entries, as a module of its own: bundlers leave out what an application does not import, file by file.

export { SSEError } from '../src/js/error.js'
