// The desk's screens by address, each fetched when it is opened: one line a screen.
// `meta.desk` puts a screen into the navigation: its word (words/shell.ts), its sign (parts/Sign.vue) and for whom it is.
import type { RouteRecordRaw } from 'vue-router'
import type { SignName } from './parts/signs'
import type { Key } from './words/shell'

export type DeskRole = 'subject_teacher' | 'homeroom_teacher' | 'class_recorder' | 'prep_group' | 'grade_head' | 'academic_office' | 'district_officer'

export interface Entry {
  word: Key
  sign: SignName
  roles: readonly DeskRole[]
}

declare module 'vue-router' {
  interface RouteMeta {
    desk?: Entry
    /** The address of the navigation's entry under which a further screen stands, such as `desk-plan`. */
    under?: string
  }
}

export const deskRoutes: RouteRecordRaw = {
  path: '/desk',
  component: () => import('./Shell.vue'),
  children: [
    { path: '', name: 'desk', component: () => import('./screens/Start.vue') },
    { path: 'more', name: 'desk-more', component: () => import('./screens/Account.vue') },
  ],
}
