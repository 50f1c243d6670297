/** Whether this browser hands out the camera at all: not without https, and not in every built-in browser. */
export function canScan(): boolean {
  return window.isSecureContext && typeof navigator.mediaDevices?.getUserMedia === 'function'
}
