// Whose figures are looked at, and over which days: both stand in the address, so that a view can be kept and passed on.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Id } from '../../domain/types'
import { addDays } from '../../domain/time'
import { me, tonight } from '../../store/home'
import { classes, current, roles } from '../place'

export interface Scope {
  at: string
  word: 'class' | 'grade' | 'school' | 'district'
  name: string
  stage?: string
  grade?: number
}

const DATE = /^\d{4}-\d\d-\d\d$/

export function useScope() {
  const route = useRoute()
  const router = useRouter()
  const asked = (name: string) => (typeof route.query[name] === 'string' ? (route.query[name] as string) : '')
  const set = (values: Record<string, string | undefined>) => void router.replace({ query: { ...route.query, ...values } })
  const teaches = computed(() => roles.value.some((role) => role === 'subject_teacher' || role === 'homeroom_teacher'))
  const headed = computed(() => (me.value?.posts ?? []).filter((post) => post.role === 'grade_head' && post.grade !== null))
  const grades = computed(() => {
    const seen = new Map(classes.value.map((each) => [`${each.stage}.${each.grade}`, { stage: each.stage, grade: each.grade }]))
    return [...seen.values()].filter((each) => roles.value.includes('academic_office') || headed.value.some((post) => post.stage === each.stage && post.grade === each.grade))
  })
  const isOffice = computed(() => roles.value.includes('academic_office'))
  const isOfficer = computed(() => roles.value.includes('district_officer'))
  /** What is looked at when the address names nothing. */
  const usual = computed(() => {
    if (isOfficer.value) return 'district'
    if (isOffice.value) return 'school'
    if (teaches.value && current.value) return 'class'
    const first = grades.value[0]
    return first ? `${first.stage}.${first.grade}` : 'class'
  })
  const scope = computed<Scope | null>(() => {
    const of = asked('of') || (asked('class') ? 'class' : usual.value)
    if (of === 'district') return me.value?.district ? { at: `/districts/${me.value.district.id}`, word: 'district', name: me.value.district.name } : null
    if (of === 'school') return me.value?.school ? { at: `/schools/${me.value.school.id}`, word: 'school', name: me.value.school.name } : null
    if (of.startsWith('at-')) return { at: `/schools/${of.slice(3)}`, word: 'school', name: '' }
    if (of === 'class') return current.value ? { at: `/classes/${current.value.id as Id}`, word: 'class', name: current.value.name } : null
    const [stage, grade] = of.split('.')
    return me.value?.school && stage && grade ? { at: `/schools/${me.value.school.id}`, word: 'grade', name: '', stage, grade: Number(grade) } : null
  })
  const from = computed(() => (DATE.test(asked('from')) ? asked('from') : addDays(tonight.value, -27)))
  const to = computed(() => (DATE.test(asked('to')) ? asked('to') : tonight.value))
  /** The address of figures: `path('/trends', { by: 'week' })`. */
  function path(tail: string, more: Record<string, string> = {}): string | null {
    if (!scope.value) return null
    const { stage, grade } = scope.value
    return `${scope.value.at}${tail}?${new URLSearchParams({ from: from.value, to: to.value, ...(stage ? { stage, grade: String(grade) } : {}), ...more })}`
  }
  return { scope, from, to, path, set, asked, grades, isOffice, isOfficer, teaches, usual }
}
