import { useQuery } from '@tanstack/react-query'
import type { Metric } from '../../domain/metrics.ts'
import { drawnSpan } from './figures.ts'
import { seriesQuery } from './series-query.ts'

const [WIDTH, HEIGHT] = [54, 18]
const POINTS = 48

/** 24 hours in 54 pixels; broken where there is nothing. Decoration beside the number, so hidden from readers. */
export function Spark({ siteId, metric }: { siteId: string; metric: Metric }) {
  const { data } = useQuery(seriesQuery(siteId, '', metric.name))
  if (!data) return <span className="spark" />
  const step = Math.max(1, Math.ceil(data.mean.length / POINTS))
  const values = data.mean.filter((_, at) => at % step === 0)
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <span className="spark" />
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const span = drawnSpan(low, high, metric)
  const bottom = (low + high - span) / 2
  const y = (value: number) => HEIGHT - 3 - ((value - bottom) / span) * (HEIGHT - 6)
  let pen = false
  const path = values
    .map((value, at) => {
      if (value === null) {
        pen = false
        return ''
      }
      const command = pen ? 'L' : 'M'
      pen = true
      return `${command}${((at / (values.length - 1)) * (WIDTH - 4) + 1).toFixed(1)} ${y(value).toFixed(1)}`
    })
    .join('')
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} fill="none" stroke="var(--series-2)" strokeWidth="1.3" />
    </svg>
  )
}
