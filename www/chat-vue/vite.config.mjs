import vue from '@vitejs/plugin-vue'
import shared from '../chat-shared/vite.config.mjs'

export default { ...shared, base: '/vue/', plugins: [vue()] }
