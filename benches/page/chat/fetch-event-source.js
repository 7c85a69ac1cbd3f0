export { run } from '../libraries/fetch-event-source.js'
