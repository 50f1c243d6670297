// Light or dark: as the person chose, else dark where the system says so or the sun is down. It is used before sleep.
import { ref } from 'vue'

export type Look = 'auto' | 'light' | 'dark'

const COLOURS = { light: '#FBF9F4', dark: '#0F1626' }
const systemDark = window.matchMedia('(prefers-color-scheme: dark)')

export const look = ref<Look>((localStorage.getItem('nightsheet.look') as Look | null) ?? 'auto')

export function chooseLook(wanted: Look): void {
  look.value = wanted
  localStorage.setItem('nightsheet.look', wanted)
  paint()
}

function isDark(): boolean {
  const hour = new Date().getHours()
  return look.value === 'dark' || (look.value === 'auto' && (systemDark.matches || hour >= 19 || hour < 6))
}

function paint(): void {
  const scheme = isDark() ? 'dark' : 'light'
  document.documentElement.dataset.look = scheme
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', COLOURS[scheme])
}

export function applyLook(): void {
  paint()
  systemDark.addEventListener('change', paint)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && paint())
}
