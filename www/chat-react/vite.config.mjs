import react from '@vitejs/plugin-react'
import shared from '../chat-shared/vite.config.mjs'

export default { ...shared, base: '/react/', plugins: [react()] }
