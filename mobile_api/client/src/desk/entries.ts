// The entries of the desk's navigation for somebody's posts, in the order of routes.ts, and whose a screen is.
import type { RouteLocationNormalizedLoaded, Router } from 'vue-router'
import type { DeskRole, Entry } from './routes'

export interface Place extends Entry {
  name: string
}

export function deskEntries(router: Router, roles: readonly DeskRole[]): Place[] {
  return router.getRoutes().flatMap((route) => {
    const entry = route.meta.desk
    return entry && entry.roles.some((role) => roles.includes(role)) ? [{ ...entry, name: String(route.name) }] : []
  })
}

/** Whether a screen is for one of these posts: its own entry's, its readers, or those of the entry under which it stands. */
export function mayOpen(router: Router, to: RouteLocationNormalizedLoaded, roles: readonly DeskRole[]): boolean {
  const above = router.getRoutes().find((route) => route.name === to.meta.under)?.meta.desk
  const wanted = [...(to.meta.desk?.roles ?? []), ...(to.meta.readers ?? []), ...(above?.roles ?? [])]
  return wanted.length === 0 || roles.length === 0 || wanted.some((role) => roles.includes(role))
}
