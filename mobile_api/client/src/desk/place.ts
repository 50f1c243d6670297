// Where one sits at the desk: the posts held, the classes they reach, the class looked at, the school's next days.
import { computed, ref, watch } from 'vue'
import type { Id } from '../domain/types'
import { me, state as home } from '../store/home'
import { Refused } from '../store/api'
import { get } from './ask'
import type { DeskRole } from './routes'
import { forgetAllTyped } from './typed'

export interface OwnSubject {
  subject: string
  /** ISO weekdays on which the teacher sets homework. */
  weekdays: number[]
}

export interface OwnClass {
  id: Id
  name: string
  stage: string
  grade: number
  roles: DeskRole[]
  subjects: OwnSubject[]
}

export interface Day {
  day: string
  is_school_day: boolean
  timetable_weekday: number | null
}

interface Answer {
  today: string
  items: OwnClass[]
  days: Day[]
}

const KEY = 'nightsheet.desk.class'

export const classes = ref<OwnClass[]>([])
export const days = ref<Day[]>([])
export const today = ref('')
export const placed = ref(false)
/** The server could not be asked where one sits: nothing can be shown until it answers. */
export const isAway = ref(false)
const chosen = ref<Id | null>(localStorage.getItem(KEY))

/** The posts one holds; an officer's is the district. */
export const roles = computed<DeskRole[]>(() => {
  if (home.session?.kind === 'district_officer') return ['district_officer']
  return [...new Set((me.value?.posts ?? []).map((post) => post.role as DeskRole))]
})

/** The class looked at: the one chosen last, else the own homeroom class, else the first. */
export const current = computed<OwnClass | null>(
  () => classes.value.find((each) => each.id === chosen.value) ?? classes.value.find((each) => each.roles.includes('homeroom_teacher')) ?? classes.value[0] ?? null,
)

export function chooseClass(id: Id): void {
  chosen.value = id
  localStorage.setItem(KEY, id)
}

/** Whether a post is held in a class: `holds(current.value, 'homeroom_teacher')`. */
export function holds(place: OwnClass | null, ...wanted: DeskRole[]): boolean {
  return place !== null && place.roles.some((role) => wanted.includes(role))
}

/** Read the classes and the school's days; quiet when the server is away (the screens say so). */
export async function readPlace(): Promise<void> {
  if (home.session?.kind !== 'staff') {
    placed.value = true
    return
  }
  try {
    const answer = await get<Answer>('/me/classes')
    classes.value = answer.items
    days.value = answer.days
    today.value = answer.today
    placed.value = true
    isAway.value = false
  } catch (error) {
    if (error instanceof Refused) placed.value = true
    isAway.value = !placed.value
  }
}

// Another person on the same machine begins with an empty desk.
watch(() => home.session?.person_id, () => {
  forgetAllTyped()
  classes.value = []
  days.value = []
  placed.value = false
})
