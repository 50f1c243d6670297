// Where the focus goes: to what is wrong, and to a new screen's heading, so that a screen reader says where one is.
import { nextTick } from 'vue'
import type { Router } from 'vue-router'

/** Bring a field into view and put the cursor in it; the words of what is wrong stand beside it. */
export function leadTo(field: HTMLElement | null | undefined): void {
  field?.scrollIntoView({ block: 'center' })
  field?.focus({ preventScroll: true })
}

const PATIENCE = 40

/** After each change of screens the focus goes to the new one's heading. The desk leads within itself, and an opening needs no leading. */
export function leadToHeadings(router: Router): void {
  router.afterEach(async (to, from, failure) => {
    if (failure || from.matched.length === 0 || from.name === 'home' || (to.path.startsWith('/desk') && from.path.startsWith('/desk'))) return
    await nextTick()
    for (let turn = 0; turn < PATIENCE && router.currentRoute.value === to; turn += 1) {
      if (focusHeading()) return
      await new Promise((done) => setTimeout(done, 50))
    }
  })
}

/** Answers whether it is done: a screen that has put the focus somewhere itself is left alone. */
function focusHeading(): boolean {
  const screen = document.querySelector('main')
  const heading = screen?.querySelector('h1')
  if (!screen || !heading) return false
  if (screen.contains(document.activeElement) || document.getElementById('app')?.inert) return true
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  return true
}
