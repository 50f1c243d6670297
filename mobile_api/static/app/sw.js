// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = '69112eeec0c339b5'
const FILES = ["/","/app/assets/BottomSheet-B9Zwgh2x.css","/app/assets/BottomSheet-C31TC-nV.js","/app/assets/Choice-D6lSpnlL.js","/app/assets/Consent-Cykx7aZV.css","/app/assets/Consent-p8k3Ulkp.js","/app/assets/Family-BsbCMytM.css","/app/assets/Family-DpHPRd4Y.js","/app/assets/Inbox-DWMYwAGR.css","/app/assets/Inbox-DhdcNZ1F.js","/app/assets/More-DM_RBejz.css","/app/assets/More-Dnv9OPzg.js","/app/assets/MorningCard-AyXdoJFA.css","/app/assets/MorningCard-BUYVdA6M.js","/app/assets/NightPage-CXMlHzQk.js","/app/assets/NightPage-rQhw8l-z.css","/app/assets/NightsToConfirm-DihtQpAA.css","/app/assets/NightsToConfirm-nB2RbIoK.js","/app/assets/NoteSheet-CVUceLHV.css","/app/assets/NoteSheet-Dzu5Kc7l.js","/app/assets/Pending-B7P4DkUJ.css","/app/assets/Pending-L8Xdsdsb.js","/app/assets/PictureCode-CaQMDHqn.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-Bgi4ku_y.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PictureSign-CwC08uFu.js","/app/assets/PushAsk-DaLFptOp.css","/app/assets/PushAsk-DnJmayNf.js","/app/assets/PushPlace-CvqiToQd.js","/app/assets/Record-BE1LQmHx.css","/app/assets/Record-DrWYGs7m.js","/app/assets/RecorderLink-Cj0qPWWT.css","/app/assets/RecorderLink-D1TCwLXE.js","/app/assets/ReminderOpen-D_I8v1pc.js","/app/assets/ReminderSettings-Denn0gox.js","/app/assets/ReminderSettings-O0KwyKrh.css","/app/assets/Rights-0lt2w89X.css","/app/assets/Rights-CR1QUqCr.js","/app/assets/Ring-DReowBQQ.js","/app/assets/Ring-DiF8z2LG.css","/app/assets/SlipScanner-K2P7uC3w.js","/app/assets/SlipScanner-sHbbZa83.css","/app/assets/SubjectTab-Be40N2SL.css","/app/assets/SubjectTab-CGdRHSb4.js","/app/assets/Switch-D3rQnxG3.js","/app/assets/Switch-zodqsfVd.css","/app/assets/Tablet-CDTTs5qO.css","/app/assets/Tablet-Dee7QWre.js","/app/assets/Tonight-Its2vOre.css","/app/assets/Tonight-RmcBHvo9.js","/app/assets/TypedSheet-BYIjnCZj.css","/app/assets/TypedSheet-BeTszgZv.js","/app/assets/Week-BHB4iTy7.css","/app/assets/Week-BjLc7H1g.js","/app/assets/files-D8mYMk1o.js","/app/assets/index-92uM3vng.css","/app/assets/index-BRPC9PpL.js","/app/assets/load-B8wheWUO.js","/app/assets/local-C5uOol1Z.js","/app/assets/naming-D0g8kXmY.js","/app/assets/push-CJDZ6jrk.js","/app/assets/record-taAyClUt.js","/app/assets/reminders-CC1C-EXW.js","/app/assets/returning-B5oMi7lx.js","/app/assets/rights---1Lellz.js","/app/assets/rolldown-runtime-DK3Fl9T5.js","/app/assets/shell-C0U2q4kr.js","/app/assets/tablet-hmVciFb8.js","/app/assets/words-DQOs2Iyh.js"]
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
