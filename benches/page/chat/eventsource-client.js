export { run } from '../libraries/eventsource-client.js'
