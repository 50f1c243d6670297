// Screens by address. The part after # never reaches the server, so a slip's code stays between paper and phone.
import { watch } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { deskRoutes } from './desk/routes'
import { state } from './store/home'
import type { Me } from './domain/types'
import SignIn from './screens/SignIn.vue'

// A first visit draws the sign-in from what it has; the evening follows while the code is being typed, and at once on a
// phone that has been signed in before.
const Tonight = () => import('./screens/Tonight.vue')
const Family = () => import('./screens/Family.vue')
const fetchEvening = () => void Promise.allSettled([Tonight(), Family()])
if (localStorage.getItem('nightsheet.kept')) fetchEvening()
else window.addEventListener('load', () => setTimeout(fetchEvening, 1_500), { once: true })

/** Where somebody of this kind begins. */
function homeOf(kind: Me['kind'] | undefined): string {
  if (kind === undefined) return '/sign-in'
  if (kind === 'guardian') return '/family'
  return kind === 'staff' || kind === 'district_officer' ? '/desk' : '/tonight'
}

export const router = createRouter({
  history: createWebHashHistory('/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'home', component: { render: () => null }, beforeEnter: () => homeOf(state.session?.kind) },
    { path: '/claim/:code', name: 'claim', component: SignIn, props: true },
    { path: '/sign-in', name: 'sign-in', component: SignIn },
    { path: '/tonight/:studentId?', name: 'tonight', component: Tonight, props: true },
    { path: '/night/:studentId/:date', name: 'night', component: () => import('./screens/NightPage.vue'), props: true },
    { path: '/family', name: 'family', component: Family },
    { path: '/pending/:studentId', name: 'pending', component: () => import('./screens/Pending.vue'), props: true },
    { path: '/week/:studentId?', name: 'week', component: () => import('./screens/Week.vue'), props: true },
    { path: '/consent/:studentId', name: 'consent', component: () => import('./screens/Consent.vue'), props: true },
    { path: '/more', name: 'more', component: () => import('./screens/More.vue') },
    { path: '/inbox', name: 'inbox', component: () => import('./screens/Inbox.vue') },
    { path: '/reminders/:messageId', name: 'reminder', component: () => import('./screens/ReminderOpen.vue'), props: true },
    { path: '/reminder-settings/:studentId?', name: 'reminder-settings', component: () => import('./screens/ReminderSettings.vue'), props: true },
    { path: '/rights/:studentId', name: 'rights', component: () => import('./screens/Rights.vue'), props: true },
    { path: '/pictures/:studentId', name: 'pictures', component: () => import('./screens/PictureCode.vue'), props: true },
    { path: '/record/:studentId?', name: 'record', component: () => import('./screens/Record.vue'), props: true },
    { path: '/tablet/:code?', name: 'tablet', component: () => import('./screens/Tablet.vue'), props: true },
    deskRoutes,
    { path: '/:rest(.*)', redirect: '/' },
  ],
})

/** An address opened before the first screen stands, as by scanning a slip while the app is starting: the router hears none yet. */
let late: string | null = null
const heard = () => (late = location.hash.slice(1))
window.addEventListener('hashchange', heard)
void router.isReady().catch(() => undefined).then(() => {
  window.removeEventListener('hashchange', heard)
  if (late !== null) void router.replace(late)
})

// The first screen is chosen when it is known who is signed in: nobody's chunk is fetched for nothing.
router.beforeEach(() => state.ready || new Promise<void>((done) => {
  const stop = watch(() => state.ready, () => (stop(), done()))
}))
