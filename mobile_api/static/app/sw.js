// Keeps the client itself on the phone, so that it opens without a network. It never touches the API or anybody's data.
const VERSION = '48ae68e2ee5de911'
const FILES = ["/","/app/assets/BottomSheet-5teR3J9n.js","/app/assets/BottomSheet-B9Zwgh2x.css","/app/assets/Choice-BRDmjHpf.js","/app/assets/Consent-6u4-DxR1.js","/app/assets/Consent-Cykx7aZV.css","/app/assets/Family-BsBpWu17.css","/app/assets/Family-BvLSO8i3.js","/app/assets/Inbox-DWMYwAGR.css","/app/assets/Inbox-Dg96wHBB.js","/app/assets/More-BR7l09Hg.js","/app/assets/More-CwQHeadl.css","/app/assets/MorningCard-AyXdoJFA.css","/app/assets/MorningCard-Us8422Gm.js","/app/assets/NightPage-CK1hOcSI.css","/app/assets/NightPage-D2y_k6qe.js","/app/assets/NightsToConfirm-BzlgOP6E.js","/app/assets/NightsToConfirm-DihtQpAA.css","/app/assets/NoteSheet-CVUceLHV.css","/app/assets/NoteSheet-DoHOevNn.js","/app/assets/Pending-B7P4DkUJ.css","/app/assets/Pending-BSbUReJX.js","/app/assets/PictureCode-DIVcEHkS.js","/app/assets/PictureCode-DsDg30OK.css","/app/assets/PicturePad-QUGLYZaV.js","/app/assets/PicturePad-rDOdOago.css","/app/assets/PictureSign-Drl24ptA.js","/app/assets/PushAsk-BdP3ksCD.js","/app/assets/PushAsk-D1IkUGBo.css","/app/assets/Record-DFGftIMp.css","/app/assets/Record-svW9qZHS.js","/app/assets/RecorderLink-5FlKWmWw.css","/app/assets/RecorderLink-BcEu8u6p.js","/app/assets/ReminderOpen-CHL0VkdQ.js","/app/assets/ReminderSettings-DGm3D8gj.css","/app/assets/ReminderSettings-DaParSON.js","/app/assets/Rights-0hazNCBc.js","/app/assets/Rights-B6liGGdY.css","/app/assets/Ring-Cd958HIA.js","/app/assets/Ring-DiF8z2LG.css","/app/assets/SlipScanner-CDBfu-xo.js","/app/assets/SlipScanner-sHbbZa83.css","/app/assets/SubjectTab--RUTRhxz.js","/app/assets/SubjectTab-Be40N2SL.css","/app/assets/Switch-DVvjMb_p.js","/app/assets/Switch-zodqsfVd.css","/app/assets/Tablet-BzH3pcg3.js","/app/assets/Tablet-Cd7XMZ5S.css","/app/assets/Tonight-BH-Ne8Ou.js","/app/assets/Tonight-BJZFRsjG.css","/app/assets/TypedSheet-C2WLo8XK.css","/app/assets/TypedSheet-uRueoU0-.js","/app/assets/Week-6ov2dUNK.css","/app/assets/Week-BOKBSCKy.js","/app/assets/evening-CrXYppHd.js","/app/assets/index-BIKzTf_U.js","/app/assets/index-Lbw4anPl.css","/app/assets/load-DUCn2X7b.js","/app/assets/local-DoahlxTB.js","/app/assets/naming-B96MSx0G.js","/app/assets/push-Jq5Unhgd.js","/app/assets/record-BB9X6iGu.js","/app/assets/reminders-Ck68XSDe.js","/app/assets/returning-BQnRJ9fC.js","/app/assets/rights-Bne-laQA.js","/app/assets/rolldown-runtime-DK3Fl9T5.js","/app/assets/tablet-BDlJ397O.js","/app/assets/words-CowvpfK_.js"]
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
