// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = 'c7014897746dc50c'
const FILES = ["/","/app/assets/BottomSheet-CDMqOPxR.css","/app/assets/BottomSheet-CHu1Qi4F.js","/app/assets/Choice-Ar-YVqOW.js","/app/assets/Consent-Bee2TTMs.css","/app/assets/Consent-CP7L8HHv.js","/app/assets/Family-Cj_p70ka.js","/app/assets/Family-Dp8oORXl.css","/app/assets/Inbox-Bpz-qsnM.css","/app/assets/Inbox-uP708PqU.js","/app/assets/More-CAelXtSH.js","/app/assets/More-DRYH5wZe.css","/app/assets/MorningCard-CyLFs3Q4.js","/app/assets/NightPage-COY8sUER.js","/app/assets/NightPage-DHk5R4R1.css","/app/assets/NightsToConfirm-DihtQpAA.css","/app/assets/NightsToConfirm-YXHmN_sQ.js","/app/assets/NoteSheet-D0KhTX-g.css","/app/assets/NoteSheet-DUpdHLoI.js","/app/assets/Pending-B7P4DkUJ.css","/app/assets/Pending-BBliEfCK.js","/app/assets/PictureCode-BdmKTHwm.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-C3r2u-ux.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PushAsk-BDHoPxPd.js","/app/assets/PushAsk-D1IkUGBo.css","/app/assets/ReminderOpen-CCJQb5Lf.js","/app/assets/ReminderSettings-BGZuoxhO.js","/app/assets/ReminderSettings-CG-vwK94.css","/app/assets/Rights-D1qbZyVf.js","/app/assets/Rights-DLI7Mbse.css","/app/assets/Ring-aaKHjHRt.css","/app/assets/Ring-efEO4-M2.js","/app/assets/SlipScanner-DOO5m2ZF.js","/app/assets/SlipScanner-sHbbZa83.css","/app/assets/SubjectTab-C02cuwnT.css","/app/assets/SubjectTab-COb8Zi_2.js","/app/assets/Tablet-Ch2g4S9U.js","/app/assets/Tablet-i7tfDNgM.css","/app/assets/Tonight-C-niE-fw.css","/app/assets/Tonight-D-2UsZl_.js","/app/assets/TypedSheet-C-YP606Q.js","/app/assets/TypedSheet-CUgriAhl.css","/app/assets/Week-DQ-DoWC_.css","/app/assets/Week-DhVyH3r9.js","/app/assets/evening-_05scXVg.js","/app/assets/index-BYFPzqjM.css","/app/assets/index-DrLG0ljE.js","/app/assets/load-D7TVnPxK.js","/app/assets/local-DhXc9A_1.js","/app/assets/naming-9nTBHF5s.js","/app/assets/push-3000MSRo.js","/app/assets/reminders-C7IZoCSz.js","/app/assets/reminders-DzOyfpKq.js","/app/assets/rights-D8NdN6bD.js","/app/assets/tablet-XmUe-SB5.js","/app/assets/words-CuDjQR2L.js"]
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
