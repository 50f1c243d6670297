// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = 'f28dc4d03207fa56'
const FILES = ["/","/app/assets/BottomSheet-B9Zwgh2x.css","/app/assets/BottomSheet-gsDAput8.js","/app/assets/Choice-1gp_Xi8d.js","/app/assets/Consent-CkfSScm8.js","/app/assets/Consent-Cykx7aZV.css","/app/assets/Family-B_XLz3lQ.js","/app/assets/Family-BsBpWu17.css","/app/assets/Inbox-B4RGTZEa.js","/app/assets/Inbox-DWMYwAGR.css","/app/assets/More-Bxe0NnA1.js","/app/assets/More-nqgyB-ma.css","/app/assets/MorningCard-AyXdoJFA.css","/app/assets/MorningCard-B88EyTWr.js","/app/assets/NightPage-9_Xacvpc.js","/app/assets/NightPage-CK1hOcSI.css","/app/assets/NightsToConfirm-DihtQpAA.css","/app/assets/NightsToConfirm-Irwob194.js","/app/assets/NoteSheet-CVUceLHV.css","/app/assets/NoteSheet-CnftL6vb.js","/app/assets/Pending-B7P4DkUJ.css","/app/assets/Pending-DQ-GJksg.js","/app/assets/PictureCode-CWfUO3G1.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-BpAmUAmQ.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PictureSign-BGWpjpzk.js","/app/assets/PushAsk-D1IkUGBo.css","/app/assets/PushAsk-XCqGIdLC.js","/app/assets/Record-C1mQnF7_.css","/app/assets/Record-D81h8zFe.js","/app/assets/RecorderLink-5FlKWmWw.css","/app/assets/RecorderLink-CdUXkjW9.js","/app/assets/ReminderOpen-Dro7ExNR.js","/app/assets/ReminderSettings-DGm3D8gj.css","/app/assets/ReminderSettings-DaXp2DYi.js","/app/assets/Rights-0lt2w89X.css","/app/assets/Rights-DAdRqt9L.js","/app/assets/Ring-BqL5EPdx.js","/app/assets/Ring-DiF8z2LG.css","/app/assets/SlipScanner-DIqjeNiJ.js","/app/assets/SlipScanner-sHbbZa83.css","/app/assets/SubjectTab-Be40N2SL.css","/app/assets/SubjectTab-Cxm_eGKz.js","/app/assets/Switch-CgfdjEuG.js","/app/assets/Switch-zodqsfVd.css","/app/assets/Tablet-CDTTs5qO.css","/app/assets/Tablet-CkBB9tTJ.js","/app/assets/Tonight-BJZFRsjG.css","/app/assets/Tonight-Dljw6Bez.js","/app/assets/TypedSheet-D2aVUo_z.js","/app/assets/TypedSheet-bEmXBY6L.css","/app/assets/Week-6ov2dUNK.css","/app/assets/Week-CRJyAawz.js","/app/assets/evening-CVVfMZfr.js","/app/assets/files-BckUYt0h.js","/app/assets/index-CaStUBxX.js","/app/assets/index-Lbw4anPl.css","/app/assets/load-B6ZAmBWV.js","/app/assets/local-Cu9lGjya.js","/app/assets/naming-sxL9-n0B.js","/app/assets/push-GLoKPLjm.js","/app/assets/record-CbGWmnW9.js","/app/assets/reminders-VqugVrOl.js","/app/assets/returning-DVkOcH1t.js","/app/assets/rights-BkR-IFcz.js","/app/assets/rolldown-runtime-DK3Fl9T5.js","/app/assets/tablet-Csn8xyX1.js","/app/assets/words-irxs5Zb8.js"]
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
