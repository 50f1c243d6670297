// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = '38fad26c63b543d4'
const FILES = ["/","/app/assets/BottomSheet-B5ut04BD.js","/app/assets/BottomSheet-CIeyfFKo.css","/app/assets/Choice-5GfWdXBa.js","/app/assets/Consent-80whV58p.js","/app/assets/Consent-Bee2TTMs.css","/app/assets/Family-B2tf3MqC.js","/app/assets/Family-Dp8oORXl.css","/app/assets/Inbox-BJS_UAQT.css","/app/assets/Inbox-Dd_0yNCu.js","/app/assets/More-BtMidAGk.css","/app/assets/More-DRzcHFH5.js","/app/assets/MorningCard-CZuX1R7O.js","/app/assets/NightPage-69HsKZPu.js","/app/assets/NightPage-DHk5R4R1.css","/app/assets/NightsToConfirm-DihtQpAA.css","/app/assets/NightsToConfirm-bBCzW2YJ.js","/app/assets/NoteSheet-CVUceLHV.css","/app/assets/NoteSheet-DrGHKzkI.js","/app/assets/Pending-B1jE2po-.js","/app/assets/Pending-B7P4DkUJ.css","/app/assets/PictureCode-CIntK-eE.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-DUlRWMGo.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PushAsk-CNbendaL.js","/app/assets/PushAsk-D1IkUGBo.css","/app/assets/ReminderOpen-CkdS7qS8.js","/app/assets/ReminderSettings-BKdrnrjc.js","/app/assets/ReminderSettings-C48BsPuE.css","/app/assets/Rights-Bkd_JIn4.js","/app/assets/Rights-Dt-eGnLE.css","/app/assets/Ring-C6bsnN1u.js","/app/assets/Ring-aaKHjHRt.css","/app/assets/SlipScanner-B8d_pMI0.js","/app/assets/SlipScanner-sHbbZa83.css","/app/assets/SubjectTab-C02cuwnT.css","/app/assets/SubjectTab-Dyw3veGi.js","/app/assets/Switch-dT6nTVlW.js","/app/assets/Switch-zodqsfVd.css","/app/assets/Tablet-Cmi08qTf.css","/app/assets/Tablet-LVlCld5_.js","/app/assets/Tonight-BL9CrJ2_.css","/app/assets/Tonight-V1q8eyDq.js","/app/assets/TypedSheet-DIfIX2Bt.css","/app/assets/TypedSheet-DmKLCM6X.js","/app/assets/Week-CfTOiMfZ.js","/app/assets/Week-Dmp91wL8.css","/app/assets/evening-C5SKsVvW.js","/app/assets/index--Ig-zif4.js","/app/assets/index-CAW4p0L2.css","/app/assets/load-BsLDhm6A.js","/app/assets/local-deQ2jLwa.js","/app/assets/naming-lYfjgpkF.js","/app/assets/push-DD7DZlTL.js","/app/assets/reminders-CfTpwYFc.js","/app/assets/rights-CI-O0hhc.js","/app/assets/tablet-CgukTdGd.js","/app/assets/words-m73_x61X.js"]
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
  if (key === null) return
  if (FILES.includes(key)) event.respondWith(caches.open(CACHE).then((cache) => cache.match(key)).then((found) => found || fetch(event.request)))
  else if (key.startsWith('/app/assets/')) event.respondWith(keptOnceUsed(event.request))
})

// The desk, the scanner's library, Firebase: parts that most phones never need are kept only where they were used.
async function keptOnceUsed(request) {
  const cache = await caches.open(CACHE)
  const found = await cache.match(request)
  if (found) return found
  const fetched = await fetch(request)
  if (fetched.ok) await cache.put(request, fetched.clone())
  return fetched
}

// Firebase wraps our message: { notification: { title, body }, data: { id, code, tag, expires_at } }, in seconds as text.
function unwrapped(message) {
  if (!message || !message.notification || !message.data) return message
  const { title, body } = message.notification
  return { ...message.data, title, body, expires_at: new Date(Number(message.data.expires_at) * 1000 || 0).toISOString() }
}

// A push carries a code, an opaque id and neutral words: { id, code, title, body, tag, link, expires_at }. Nothing is
// fetched for it, and what comes too late (a child may be asleep by now) is not shown.
self.addEventListener('push', (event) => {
  let message = null
  try {
    message = unwrapped(event.data && event.data.json())
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
