export { run } from '../libraries/native.js'
