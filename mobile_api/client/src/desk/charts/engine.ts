// ECharts with the few parts that the desk draws: fetched when the first chart is scrolled to, never before.
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

export interface Drawn {
  show: (option: object) => void
  resize: () => void
  end: () => void
}

/** A chart in a host that has its size already. SVG: sharp on paper, and text stays text. */
export function draw(host: HTMLElement): Drawn {
  use([BarChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])
  const chart = init(host, null, { renderer: 'svg' })
  return {
    show: (option) => chart.setOption(option as EChartsCoreOption, { notMerge: true }),
    resize: () => chart.resize({ animation: { duration: 0 } }),
    end: () => chart.dispose(),
  }
}
