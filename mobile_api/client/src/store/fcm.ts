// Firebase Cloud Messaging in the browser, by Google's own library: fetched only where the school has turned it on, and
// registered on our service worker, which shows what comes. What is registered is a Firebase installation, not a token.
import { getApps, initializeApp, type FirebaseApp } from '@firebase/app'
import { getMessaging, onRegistered, register, unregister } from '@firebase/messaging'

/** The school's web app at Firebase, as `GET /push-key` tells it. */
export interface FirebaseWeb {
  api_key: string
  app_id: string
  project_id: string
  sender_id: string
  vapid_key: string
}

const NAME = 'nightsheet'

function appOf(web: FirebaseWeb): FirebaseApp {
  const config = { apiKey: web.api_key, appId: web.app_id, projectId: web.project_id, messagingSenderId: web.sender_id }
  return getApps().find((each) => each.name === NAME) ?? initializeApp(config, NAME)
}

/** Register this installation and answer its id. Permission has been granted before. */
export function registerInstallation(web: FirebaseWeb, worker: ServiceWorkerRegistration): Promise<string> {
  const messaging = getMessaging(appOf(web))
  return new Promise((done, failed) => {
    onRegistered(messaging, done)
    register(messaging, { vapidKey: web.vapid_key, serviceWorkerRegistration: worker }).catch(failed)
  })
}

/** Take the registration back: Google forgets where this phone is. */
export function unregisterInstallation(web: FirebaseWeb): Promise<void> {
  return unregister(getMessaging(appOf(web)))
}
