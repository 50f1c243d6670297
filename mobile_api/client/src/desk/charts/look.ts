// How charts look: the client's colours and type, read where they stand; black and grey on paper.

export interface Look {
  ink: string
  quiet: string
  line: string
  card: string
  accent: string
  soft: string
  amber: string
  track: string
  font: string
  /** The size of a chart's text in px: grows with the person's own text size. */
  size: number
  still: boolean
  /** No room for a legend in one line. */
  narrow: boolean
}

const ON_PAPER = { ink: '#000', quiet: '#333', line: '#bbb', card: '#fff', accent: '#444', soft: '#ddd', amber: '#888', track: '#ddd' }

export function lookOf(host: HTMLElement, onPaper = false): Look {
  const style = getComputedStyle(host)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
  const own = { ink: colour('ink'), quiet: colour('quiet'), line: colour('line'), card: colour('card'), accent: colour('accent'), soft: colour('accent-soft'), amber: colour('amber-ring'), track: colour('track') }
  return { ...(onPaper ? ON_PAPER : own), font: style.fontFamily, size: Math.round(root * 0.8125), narrow: isNarrow(host.clientWidth), still: onPaper || matchMedia('(prefers-reduced-motion: reduce)').matches }
}

/** No room for a legend in one line. */
export const isNarrow = (width: number): boolean => width < 420

/** What every chart shares; `says` is read to whoever does not see it. */
export function base(look: Look, says: string): Record<string, unknown> {
  const text = { color: look.quiet, fontFamily: look.font, fontSize: look.size }
  return {
    animation: !look.still,
    animationDuration: 180,
    textStyle: text,
    aria: { enabled: true, label: { description: says } },
    grid: { left: 4, right: 12, top: look.narrow ? 68 : 44, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 18, itemHeight: 12, itemGap: 14, textStyle: { ...text, color: look.ink }, selectedMode: false },
    tooltip: {
      trigger: 'axis', confine: true, transitionDuration: 0, backgroundColor: look.card, borderColor: look.line, textStyle: { ...text, color: look.ink },
      axisPointer: { type: 'line', lineStyle: { color: look.quiet } },
    },
  }
}

export function categories(look: Look, names: string[]): Record<string, unknown> {
  return { type: 'category', data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: look.quiet } }, axisLabel: { color: look.quiet, fontSize: look.size, hideOverlap: true } }
}

export function values(look: Look, rest: Record<string, unknown> = {}): Record<string, unknown> {
  const { axisLabel, ...others } = rest
  return { type: 'value', splitNumber: 4, splitLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.quiet, fontSize: look.size, ...(axisLabel as object) }, ...others }
}

/** Strokes across a bar, so that it differs from its neighbour without colour. */
export function hatch(look: Look): Record<string, unknown> {
  return { color: look.ink, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 }
}

/** The cap as it stood in each row: a dashed step, never a colour alone. */
export function capLine(look: Look, name: string, caps: (number | null)[]): Record<string, unknown> {
  return { name, type: 'line', step: 'middle', data: caps, symbol: caps.length > 1 ? 'none' : 'rect', symbolSize: [28, 2], z: 5, lineStyle: { color: look.ink, type: 'dashed', width: 2 }, itemStyle: { color: look.ink } }
}
