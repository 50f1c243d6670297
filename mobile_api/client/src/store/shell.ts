// An app of the school's own around this page (a WebView on Android or iOS) has no Web Push of its own: the system gives
// such an app a token of Firebase, and the app hands it to this page. The contract stands in docs/client.md.

/** What the shell defines as `window.nightsheetShell` before the page's own scripts run. */
export interface Shell {
  /** What the system allows now; asks nobody. */
  permission(): Promise<NotificationPermission>
  /** Ask the person where the system wants that; the phone's FCM token, null where the answer is no. */
  token(): Promise<string | null>
}

declare global {
  interface Window {
    nightsheetShell?: Shell
  }
}

export function shellHere(): Shell | null {
  return window.nightsheetShell ?? null
}
