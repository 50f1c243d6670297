// The entries of the desk's navigation for somebody's posts, in the order of routes.ts.
import type { Router } from 'vue-router'
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
