// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = 'd6c7009d7244d893'
const FILES = ["/","/app/assets/Consent-Bee2TTMs.css","/app/assets/Consent-CnEKpE7O.js","/app/assets/Desk-DjYMF47c.js","/app/assets/More-BJdIlNv5.css","/app/assets/More-QMFkkkAS.js","/app/assets/NightPage-CyV9UiPj.css","/app/assets/NightPage-KeMjoWbW.js","/app/assets/Week-CVyjqrEg.css","/app/assets/Week-kY5g3_md.js","/app/assets/index-B7f7GUcX.css","/app/assets/index-BrOEtCTV.js"]
const CACHE = `nightsheet-${VERSION}`

self.addEventListener('install', (event) => {
  // No skipWaiting: the new version waits until no page of the old one is open, or the person asks for it.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((url) => new Request(url, { cache: 'reload' })))))
})

self.addEventListener('activate', (event) => {
  const clean = (names) => Promise.all(names.filter((name) => name.startsWith('nightsheet-') && name !== CACHE).map((name) => caches.delete(name)))
  event.waitUntil(caches.keys().then(clean).then(() => self.clients.claim()))
})

self.addEventListener('message', (event) => {
  if (event.data === 'take over') self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  const key = event.request.mode === 'navigate' ? (url.pathname === '/' ? '/' : null) : url.pathname
  if (key === null || !FILES.includes(key)) return
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(key)).then((found) => found || fetch(event.request)))
})

self.addEventListener('sync', (event) => {
  // The queue is sent by an open page, which knows the clock and the person; a closed one is sent at next opening.
  if (event.tag === 'queue') event.waitUntil(self.clients.matchAll().then((pages) => pages.forEach((page) => page.postMessage('sync'))))
})
