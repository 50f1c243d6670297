// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = '99f546e976d73299'
const FILES = ["/","/app/assets/BottomSheet-B9Zwgh2x.css","/app/assets/BottomSheet-WE1U08yr.js","/app/assets/Choice-D6lSpnlL.js","/app/assets/Consent-BCiYPX4C.js","/app/assets/Consent-Cykx7aZV.css","/app/assets/Family-BsbCMytM.css","/app/assets/Family-CgwV7rsz.js","/app/assets/Inbox-DWMYwAGR.css","/app/assets/Inbox-RlSbVWQU.js","/app/assets/More-CtfXiPAK.js","/app/assets/More-DM_RBejz.css","/app/assets/MorningCard-AyXdoJFA.css","/app/assets/MorningCard-BesiadG7.js","/app/assets/NightPage-CFeGLNPp.js","/app/assets/NightPage-rQhw8l-z.css","/app/assets/NightsToConfirm-7r6DF-rk.js","/app/assets/NightsToConfirm-DihtQpAA.css","/app/assets/NoteSheet-C1i4RTqN.js","/app/assets/NoteSheet-CVUceLHV.css","/app/assets/Pending-B7P4DkUJ.css","/app/assets/Pending-BE2L3MuC.js","/app/assets/PictureCode-CP_E8IK2.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-D_uit_4v.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PictureSign-CwC08uFu.js","/app/assets/PushAsk-DaLFptOp.css","/app/assets/PushAsk-DgQa0na6.js","/app/assets/PushPlace-DcPm7k8I.js","/app/assets/Record-BE1LQmHx.css","/app/assets/Record-DB0JdMJX.js","/app/assets/RecorderLink-Bzzeu9Kw.js","/app/assets/RecorderLink-Cj0qPWWT.css","/app/assets/ReminderOpen-BkJjHePg.js","/app/assets/ReminderSettings-Dq3vyefV.js","/app/assets/ReminderSettings-O0KwyKrh.css","/app/assets/Rights-0lt2w89X.css","/app/assets/Rights-CPwGcpQR.js","/app/assets/Ring-B4Y5A_MJ.js","/app/assets/Ring-DiF8z2LG.css","/app/assets/SlipScanner-CNE9yefC.js","/app/assets/SlipScanner-sHbbZa83.css","/app/assets/SubjectTab-Be40N2SL.css","/app/assets/SubjectTab-CTIShOst.js","/app/assets/Switch-Cl6dJ7bp.js","/app/assets/Switch-zodqsfVd.css","/app/assets/Tablet-CDTTs5qO.css","/app/assets/Tablet-CXVZj95T.js","/app/assets/Tonight-CfRc6gcG.js","/app/assets/Tonight-Its2vOre.css","/app/assets/TypedSheet-BYIjnCZj.css","/app/assets/TypedSheet-DrxQLquU.js","/app/assets/Week-BHB4iTy7.css","/app/assets/Week-DbKO3TTv.js","/app/assets/files-Dm6xl0xN.js","/app/assets/index-92uM3vng.css","/app/assets/index-C75E-TvA.js","/app/assets/load-B8wheWUO.js","/app/assets/local-C5uOol1Z.js","/app/assets/naming-aHY-qCZE.js","/app/assets/push-0FXa2YdY.js","/app/assets/record-taAyClUt.js","/app/assets/reminders-CC1C-EXW.js","/app/assets/returning-DWa_Rgxd.js","/app/assets/rights---1Lellz.js","/app/assets/rolldown-runtime-DK3Fl9T5.js","/app/assets/shell-C0U2q4kr.js","/app/assets/tablet-hmVciFb8.js","/app/assets/words-DQOs2Iyh.js"]
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
