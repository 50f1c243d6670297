// What stands in a slip's QR code. Pure: pictures are read in ../scan.

/** The one-time code in a scanned text, grouped as it is printed; null where the text is no slip's. */
export function codeIn(text: string): string | null {
  const held = /#\/claim\/([0-9A-Za-z-]+)\/?$/.exec(text.trim())?.[1] ?? (/^[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}$/.test(text.trim()) ? text.trim() : null)
  const plain = held?.toUpperCase().replace(/-/g, '') ?? ''
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : null
}
