// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = 'b3ee90f2e8482ff9'
const FILES = ["/","/app/assets/Consent-Bee2TTMs.css","/app/assets/Consent-DTPHEz_B.js","/app/assets/Desk-DIo_U-TR.js","/app/assets/Inbox-CUu-fUTw.css","/app/assets/Inbox-xlZ8YpCX.js","/app/assets/More-D7Q6Lnzg.css","/app/assets/More-GyuHUNdz.js","/app/assets/NightPage-D5yPaCFn.css","/app/assets/NightPage-DFumv61P.js","/app/assets/PictureCode-CHcC-v8p.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-BVlgR0x4.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PushAsk-CWwdeVi-.js","/app/assets/PushAsk-D1IkUGBo.css","/app/assets/ReminderOpen-xAH4u8-X.js","/app/assets/ReminderSettings-BapDaGbn.js","/app/assets/ReminderSettings-D-ly5Pbg.css","/app/assets/Rights-DLI7Mbse.css","/app/assets/Rights-DRdHPsRE.js","/app/assets/Tablet-Xtzc_5S-.js","/app/assets/Tablet-i7tfDNgM.css","/app/assets/Week-ARS8dP9i.js","/app/assets/Week-CNGYFdNe.css","/app/assets/home-ChfW6hqu.js","/app/assets/index-C-TXdyow.js","/app/assets/index-QAwnIxmg.css","/app/assets/local-DtaK2mm9.js","/app/assets/push-_o21faQD.js","/app/assets/reminders-BREYRuUR.js","/app/assets/reminders-Dbm9PkxC.js","/app/assets/rights-Ochpiv5_.js","/app/assets/tablet-sOomIrGJ.js"]
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
  // Links of messages sent by other ways lead to a path; the client itself stands behind #.
  if (event.request.mode === 'navigate' && url.pathname.startsWith('/reminders/')) {
    event.respondWith(Response.redirect(`/#${url.pathname}`))
    return
  }
  const key = event.request.mode === 'navigate' ? (url.pathname === '/' ? '/' : null) : url.pathname
  if (key === null || !FILES.includes(key)) return
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(key)).then((found) => found || fetch(event.request)))
})

// A push carries a code, an opaque id and neutral words: { id, code, title, body, tag, link, expires_at }. Nothing is
// fetched for it, and what comes too late (a child may be asleep by now) is not shown.
self.addEventListener('push', (event) => {
  let message = null
  try {
    message = event.data && event.data.json()
  } catch {}
  if (!message || typeof message.body !== 'string' || !(Date.parse(message.expires_at) > Date.now())) return
  const shown = { body: message.body, tag: message.tag || message.id, icon: '/app/icon-192.png', data: { id: message.id } }
  event.waitUntil(self.registration.showNotification(message.title || 'Nightsheet', shown))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const id = event.notification.data && event.notification.data.id
  const path = id ? `/reminders/${id}` : '/inbox'
  const open = async () => {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const page = pages.find((each) => each.visibilityState === 'visible') || pages[0]
    if (!page) return self.clients.openWindow(`/#${path}`)
    page.postMessage({ open: path })
    return page.focus().catch(() => undefined)
  }
  event.waitUntil(open())
})

self.addEventListener('sync', (event) => {
  // The queue is sent by an open page, which knows the clock and the person; a closed one is sent at next opening.
  if (event.tag === 'queue') event.waitUntil(self.clients.matchAll().then((pages) => pages.forEach((page) => page.postMessage('sync'))))
})
