// Screens by address. The part after # never reaches the server, so a slip's code stays between paper and phone.
import { createRouter, createWebHashHistory } from 'vue-router'
import { deskRoutes } from './desk/routes'
import { state } from './store/home'
import Tonight from './screens/Tonight.vue'
import Family from './screens/Family.vue'
import SignIn from './screens/SignIn.vue'

export const router = createRouter({
  history: createWebHashHistory('/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'home', redirect: () => (state.session?.kind === 'guardian' ? '/family' : state.session?.kind === 'staff' || state.session?.kind === 'district_officer' ? '/desk' : '/tonight') },
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
    { path: '/tablet/:token?', name: 'tablet', component: () => import('./screens/Tablet.vue'), props: true },
    deskRoutes,
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
