// The service worker's other end: registers it, and says when a new version waits. The queue is in IndexedDB, not in it.
let waitingWorker: ServiceWorker | null = null

export function keepUpToDate(onNew: () => void): void {
  // A part of this version that the server has no more and the phone has not kept: the new version is the way out. But
  // only where there is a server at all: without a network, opening the page anew would be the end of it.
  window.addEventListener('vite:preloadError', () => {
    void fetch('/', { method: 'HEAD', cache: 'no-store' }).then((answer) => answer.ok && onNew()).catch(() => undefined)
  })
  if (!('serviceWorker' in navigator) || !window.isSecureContext || import.meta.env.DEV) return
  // Keeping everything may wait until the first screen stands: both want the same thin line.
  if (navigator.serviceWorker.controller || document.readyState === 'complete') register(onNew)
  else window.addEventListener('load', () => setTimeout(() => register(onNew), 300), { once: true })
}

function register(onNew: () => void): void {
  void navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).then((registration) => {
    const tell = (worker: ServiceWorker | null) => {
      // The very first worker of a phone is no news.
      if (!worker || !navigator.serviceWorker.controller) return
      waitingWorker = worker
      onNew()
    }
    tell(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing
      worker?.addEventListener('statechange', () => worker.state === 'installed' && tell(worker))
    })
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void registration.update().catch(() => undefined))
  }).catch(() => undefined)
}

/** Let the new version take over and show it. */
export function takeOver(): void {
  if (!waitingWorker) return location.reload()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waitingWorker.postMessage('take over')
}
