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
    /** Who may look at it without having it in the navigation: a reminder leads them here. */
    readers?: readonly DeskRole[]
    /** Where a reminder's link leads those who have not got this screen, such as the office from a class's board to its figures. */
    instead?: string
  }
}

const TEACHERS = ['subject_teacher', 'homeroom_teacher'] as const

export const deskRoutes: RouteRecordRaw = {
  path: '/desk',
  component: () => import('./Shell.vue'),
  children: [
    { path: '', name: 'desk', component: () => import('./screens/Start.vue') },
    { path: 'plan', name: 'desk-plan', component: () => import('./screens/Plan.vue'), meta: { desk: { word: 'nav.plan', sign: 'pen', roles: TEACHERS }, readers: ['grade_head', 'academic_office'] } },
    { path: 'week-plans', name: 'desk-week-plans', component: () => import('./screens/WeekPlans.vue'), meta: { desk: { word: 'nav.week_plans', sign: 'week', roles: ['prep_group', 'grade_head', 'academic_office'] } } },
    { path: 'week-plans/file', name: 'desk-week-plan-file', component: () => import('./screens/WeekPlanFile.vue'), meta: { under: 'desk-week-plans' } },
    { path: 'weekends', name: 'desk-weekends', component: () => import('./screens/Weekends.vue'), meta: { desk: { word: 'nav.weekends', sign: 'check', roles: ['grade_head', 'academic_office'] } } },
    { path: 'class', name: 'desk-class', component: () => import('./screens/Class.vue'), meta: { desk: { word: 'nav.class', sign: 'class', roles: TEACHERS }, instead: 'desk-trends' } },
    { path: 'paper', name: 'desk-paper', component: () => import('./screens/Paper.vue'), meta: { desk: { word: 'nav.paper', sign: 'paper', roles: ['homeroom_teacher'] } } },
    { path: 'set', name: 'desk-set', component: () => import('./screens/Set.vue'), meta: { desk: { word: 'nav.set', sign: 'note', roles: ['class_recorder'] }, under: 'desk-class' } },
    { path: 'print/sheet', name: 'desk-print-sheet', component: () => import('./screens/PrintSheet.vue'), meta: { under: 'desk-paper' } },
    { path: 'print/meeting', name: 'desk-print-meeting', component: () => import('./screens/PrintMeeting.vue'), meta: { under: 'desk-class' } },
    { path: 'trends', name: 'desk-trends', component: () => import('./screens/Trends.vue'), meta: { desk: { word: 'nav.trends', sign: 'trend', roles: ['subject_teacher', 'homeroom_teacher', 'grade_head', 'academic_office', 'district_officer'] } } },
    { path: 'warnings', name: 'desk-warnings', component: () => import('./screens/Warnings.vue'), meta: { under: 'desk-trends' } },
    { path: 'reports', name: 'desk-reports', component: () => import('./screens/Reports.vue'), meta: { desk: { word: 'nav.reports', sign: 'report', roles: ['grade_head', 'academic_office'] } } },
    { path: 'district', name: 'desk-district', component: () => import('./screens/District.vue'), meta: { desk: { word: 'nav.district', sign: 'report', roles: ['district_officer'] } } },
    { path: 'tablets', name: 'desk-tablets', component: () => import('./screens/Tablets.vue'), meta: { desk: { word: 'nav.tablets', sign: 'tablet', roles: ['homeroom_teacher', 'academic_office'] } } },
    { path: 'reach', name: 'desk-reach', component: () => import('./screens/Reach.vue'), meta: { desk: { word: 'nav.reach', sign: 'phone', roles: ['homeroom_teacher', 'academic_office'] } } },
    { path: 'delivery', name: 'desk-delivery', component: () => import('./screens/Delivery.vue'), meta: { desk: { word: 'nav.delivery', sign: 'plane', roles: ['academic_office'] } } },
    { path: 'school-settings', name: 'desk-school-settings', component: () => import('./screens/SchoolSettings.vue'), meta: { desk: { word: 'nav.school_settings', sign: 'sliders', roles: ['academic_office'] } } },
    { path: 'more', name: 'desk-more', component: () => import('./screens/Account.vue') },
  ],
}
