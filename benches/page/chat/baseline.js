export { run } from '../libraries/baseline.js'
