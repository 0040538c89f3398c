import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import { LOCAL_OFFSET_MS } from '../../domain/history.ts'
import type { Metric } from '../../domain/metrics.ts'
import type { Language } from '../address.ts'
import { readTokens, useShade } from '../dress.ts'
import { formatMinute, formatNumber, formatPower } from '../format.ts'
import { t, useT } from '../i18n.ts'
import { drawnSpan } from './figures.ts'
import type { Drawing, Gap } from './series-query.ts'

export interface Readout {
  ms: number
  value: number
}

interface Props {
  drawing: Drawing
  metric: Metric
  fromMs: number
  nowMs: number
  /** The chart in a sentence. */
  label: string
  onRead(readout: Readout | null): void
}

const TICK_MS = 4 * 3_600_000
/** A label this near the edge would be cut. */
const EDGE_MS = 40 * 60_000
const HATCH_PX = 7
const FONT = '11px Plex'
/** What is left free above and below the curve, as a share of its span. */
const AIR = 0.12

/** Full hours of local time, every four. */
function hours(fromMs: number, toMs: number): number[] {
  const first = Math.ceil((fromMs + EDGE_MS / 2 + LOCAL_OFFSET_MS) / TICK_MS) * TICK_MS - LOCAL_OFFSET_MS
  const ticks: number[] = []
  for (let ms = first; ms <= toMs - EDGE_MS; ms += TICK_MS) ticks.push(ms / 1000)
  return ticks
}

function hatch(
  context: CanvasRenderingContext2D,
  box: { x: number; y: number; width: number; height: number },
  colour: string,
): void {
  context.save()
  context.beginPath()
  context.rect(box.x, box.y, box.width, box.height)
  context.clip()
  context.strokeStyle = colour
  context.lineWidth = 2 * devicePixelRatio
  const step = HATCH_PX * devicePixelRatio
  context.beginPath()
  for (let x = box.x - box.height; x < box.x + box.width; x += step) {
    context.moveTo(x, box.y + box.height)
    context.lineTo(x + box.height, box.y)
  }
  context.stroke()
  context.restore()
}

/** Where a gap lies on the canvas; null when it is out of the picture. */
function extent(plot: UPlot, { fromMs, toMs }: Gap): { from: number; to: number } | null {
  const { bbox } = plot
  const from = Math.max(bbox.left, plot.valToPos(fromMs / 1000, 'x', true))
  const to = Math.min(bbox.left + bbox.width, plot.valToPos(toMs / 1000, 'x', true))
  return to > from ? { from, to } : null
}

function drawGaps(plot: UPlot, gaps: readonly Gap[], colour: string): void {
  const { ctx: context, bbox } = plot
  for (const gap of gaps) {
    const at = extent(plot, gap)
    if (at) hatch(context, { x: at.from, y: bbox.top, width: at.to - at.from, height: bbox.height }, colour)
  }
}

/** The words of a gap, where there is room for them. */
function nameGaps(plot: UPlot, gaps: readonly Gap[], token: (name: string) => string): void {
  const { ctx: context, bbox } = plot
  const px = devicePixelRatio
  const words = t('chart.nothing')
  context.save()
  context.font = `${11 * px}px Plex`
  context.textAlign = 'center'
  context.textBaseline = 'top'
  const width = context.measureText(words).width + 8 * px
  for (const gap of gaps) {
    const at = extent(plot, gap)
    if (!at || width > at.to - at.from) continue
    const middle = (at.from + at.to) / 2
    context.fillStyle = token('surface')
    context.fillRect(middle - width / 2, bbox.top + px, width, 15 * px)
    context.fillStyle = token('ink-3')
    context.fillText(words, middle, bbox.top + 3 * px)
  }
  context.restore()
}

/** Numbers that stand alone make no line: they are drawn as points. */
function lonePoints({ mean }: Drawing): number[] {
  return mean.flatMap((value, at) => (value !== null && mean[at - 1] == null && mean[at + 1] == null ? [at] : []))
}

function drawNow(plot: UPlot, nowMs: number, colour: string): void {
  const { ctx: context, bbox } = plot
  const x = Math.round(plot.valToPos(nowMs / 1000, 'x', true))
  context.save()
  context.strokeStyle = colour
  context.lineWidth = devicePixelRatio
  context.beginPath()
  context.moveTo(x, bbox.top)
  context.lineTo(x, bbox.top + bbox.height)
  context.stroke()
  context.restore()
}

/** Bounds of normality as dashed lines, where they fall into the picture. */
function drawNormal(plot: UPlot, metric: Metric, colour: string): void {
  const { ctx: context, bbox } = plot
  const { min: low, max: high } = plot.scales['y'] ?? {}
  context.save()
  context.strokeStyle = colour
  context.lineWidth = devicePixelRatio
  context.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
  for (const bound of [metric.normal?.min, metric.normal?.max]) {
    if (bound === undefined || bound < (low ?? 0) || bound > (high ?? 0)) continue
    const y = Math.round(plot.valToPos(bound, 'y', true))
    context.beginPath()
    context.moveTo(bbox.left, y)
    context.lineTo(bbox.left + bbox.width, y)
    context.stroke()
  }
  context.restore()
}

/** A flat curve still wants a height to lie in. */
function spanOf(low: number | null, high: number | null, metric: Metric): [number, number] {
  if (low === null || high === null) return [0, 1]
  const span = drawnSpan(low, high, metric)
  const middle = (low + high) / 2
  const bottom = middle - span * (0.5 + AIR)
  return [low >= 0 ? Math.max(0, bottom) : bottom, middle + span * (0.5 + AIR)]
}

function optionsOf(
  props: Props,
  language: Language,
  size: { width: number; height: number },
  read: (plot: UPlot) => void,
): UPlot.Options {
  const token = readTokens()
  const { metric, drawing, fromMs, nowMs } = props
  const axis = { stroke: token('ink-3'), font: FONT, ticks: { show: false } }
  const decimals = (ticks: number[]) =>
    Math.min(metric.decimals ?? 0, ticks.every((tick) => Number.isInteger(tick)) ? 0 : (metric.decimals ?? 0))
  return {
    ...size,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6, fill: token('ink') }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: [fromMs / 1000, nowMs / 1000 + 600] },
      y: { range: (_, low, high) => spanOf(low, high, metric) },
    },
    axes: [
      {
        ...axis,
        size: 20,
        gap: 4,
        grid: { show: false },
        splits: () => hours(fromMs, nowMs),
        values: (_, ticks) => ticks.map((tick) => formatMinute(tick * 1000)),
      },
      {
        ...axis,
        size: 44,
        gap: 5,
        space: 26,
        grid: { stroke: token('line'), width: 1 },
        values: (_, ticks) =>
          ticks.map((tick) =>
            metric.name === 'ber' ? formatPower(language, tick) : formatNumber(language, tick, decimals(ticks)),
          ),
      },
    ],
    series: [
      {},
      {
        stroke: token('series-1'),
        width: 1.6,
        spanGaps: false,
        points: { show: true, size: 4, fill: token('series-1'), filter: () => lonePoints(drawing) },
      },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: token('hatch') }],
    hooks: {
      drawClear: [(plot) => drawGaps(plot, drawing.gaps, token('hatch'))],
      draw: [
        (plot) => {
          nameGaps(plot, drawing.gaps, token)
          drawNormal(plot, metric, token('major-edge'))
          drawNow(plot, nowMs, token('ink-2'))
        },
      ],
      setCursor: [read],
    },
  }
}

const columns = ({ seconds, mean, min, max }: Drawing): UPlot.AlignedData => [seconds, mean, min, max]

/** A uPlot that is destroyed with its component. */
export function Plot(props: Props) {
  const { language } = useT()
  const shade = useShade((dress) => dress.shade)
  const box = useRef<HTMLDivElement>(null)
  const { drawing, label, onRead } = props
  // The drawing carries the times; shade and language change every colour and label
  useEffect(() => {
    const element = box.current
    if (!element) return
    const read = (plot: UPlot) => {
      const at = plot.cursor.idx
      const value = at == null ? null : drawing.mean[at]
      onRead(at == null || value == null ? null : { ms: (drawing.seconds[at] ?? 0) * 1000, value })
    }
    const size = { width: element.clientWidth, height: element.clientHeight }
    const plot = new UPlot(optionsOf(props, language, size, read), columns(drawing), element)
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: element.clientHeight }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [drawing.seconds.length, drawing.seconds.at(-1), drawing.mean.at(-1), drawing.gaps.length, shade, language])
  return <div ref={box} className="chart" role="img" aria-label={label} />
}
