// Where the client begins.
import { createApp, watch } from 'vue'
import App from './App.vue'
import './look/tokens.css'
import './look/base.css'
import { applyLook } from './look'
import { router } from './router'
import { live, state } from './store/home'
import { language, t } from './words'
import { keepUpToDate } from './worker'

applyLook()
watch(language, () => {
  document.documentElement.lang = language.value
  document.title = t('app.name')
}, { immediate: true })

createApp(App).use(router).mount('#app')
void live()
// A notification was tapped while a page was open.
navigator.serviceWorker?.addEventListener('message', (event: MessageEvent<{ open?: string }>) => {
  if (typeof event.data?.open === 'string') void router.push(event.data.open)
})
keepUpToDate(() => (state.newVersion = true))
