export { run } from '../libraries/eventsource-parser.js'
