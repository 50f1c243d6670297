// Reading a QR code out of the camera's picture: by the browser itself where it can, else by a small library that is
// fetched only then. Nothing of the picture leaves the phone or is kept.

export type Reading = (video: HTMLVideoElement) => Promise<string | null>

interface Detector { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

/** Wide enough for a slip held at arm's length, small enough for a slow phone. */
const WIDEST = 720

export async function newReading(): Promise<Reading> {
  return (await byBrowser()) ?? byLibrary()
}

async function byBrowser(): Promise<Reading | null> {
  const found = (window as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  const formats = await found?.getSupportedFormats().catch((): string[] => [])
  if (!found || !formats?.includes('qr_code')) return null
  const detector = new found({ formats: ['qr_code'] })
  return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null
}

async function byLibrary(): Promise<Reading> {
  const { decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  return (video) => {
    const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight, 1))
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    if (canvas.width === 0) return Promise.resolve(null)
    context.drawImage(video, 0, 0, canvas.width, canvas.height)
    try {
      return Promise.resolve(decodeQR(context.getImageData(0, 0, canvas.width, canvas.height)))
    } catch {
      return Promise.resolve(null) // no code in this picture
    }
  }
}
