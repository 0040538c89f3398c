import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useId, useState } from 'react'
import type { Metric } from '../../domain/metrics.ts'
import { RequestError, type SiteDetail } from '../fetch.ts'
import { formatMinute, formatUnit, formatValue } from '../format.ts'
import { useT } from '../i18n.ts'
import { serverNow } from '../server-time.ts'
import { NumbersTable } from './NumbersTable.tsx'
import { Plot, type Readout } from './Plot.tsx'
import { DAY_MS, type Drawing, seriesQuery, toDrawing } from './series-query.ts'

/** The chart in one sentence, for those who do not see it. */
function useSentence(metric: Metric, drawing: Drawing | null): string {
  const { t, language } = useT()
  const title = metric.title[language]
  const known = (drawing?.mean ?? []).filter((value) => value !== null)
  if (!drawing || known.length === 0) return t('chart.sentence.empty', { title })
  const write = (value: number) => `${formatValue(t, language, metric, value)} ${formatUnit(metric.unit)}`.trim()
  const low = Math.min(...drawing.min.filter((value) => value !== null))
  const high = Math.max(...drawing.max.filter((value) => value !== null))
  return t('chart.sentence', {
    title,
    low: write(low),
    high: write(high),
    last: write(known.at(-1) ?? 0),
    gaps: drawing.gaps.length,
  })
}

function Failure({ error, again }: { error: Error; again: () => void }) {
  const { t } = useT()
  return (
    <div className="empty" role="alert">
      <TriangleAlert size={20} aria-hidden />
      <b>{t('chart.error')}</b>
      <span className="note">{error.message}</span>
      <div className="row">
        <button type="button" className="btn" onClick={again}>
          {t('retry')}
        </button>
      </div>
      {error instanceof RequestError && error.requestId && (
        <span className="mono mute">{`${error.requestId} · ${error.status}`}</span>
      )}
    </div>
  )
}

/** 24 hours of one metric: mean in a band of minimum and maximum, hatched where there are no numbers. */
export function SeriesChart({ site, metric, part }: { site: SiteDetail; metric: Metric; part: string }) {
  const { t, language } = useT()
  const { data, error, isPending, refetch } = useQuery(seriesQuery(site.id, part, metric.name))
  const [readout, setReadout] = useState<Readout | null>(null)
  const [table, setTable] = useState(false)
  const headId = useId()
  const now = serverNow()
  const drawing = data ? toDrawing(data, site.due_after_s * 1000, now - DAY_MS, now) : null
  const sentence = useSentence(metric, drawing)
  const state = drawing ? (drawing.count > 0 ? 'ready' : 'empty') : isPending ? 'loading' : 'error'
  return (
    <section data-testid="chart" data-metric={metric.name} data-part={part} data-state={state} aria-labelledby={headId}>
      <div className="sec">
        <h3 id={headId}>{metric.title[language]}</h3>
        <em>{[formatUnit(metric.unit), t('chart.day')].filter(Boolean).join(' · ')}</em>
        <i className="fill" />
        {readout ? (
          <output>{`${formatMinute(readout.ms)} · ${formatValue(t, language, metric, readout.value)} ${formatUnit(metric.unit)}`}</output>
        ) : (
          state === 'ready' && (
            <button type="button" aria-expanded={table} onClick={() => setTable(!table)}>
              {t('chart.table')}
            </button>
          )
        )}
      </div>
      {state === 'loading' && (
        <div className="chart">
          <span className="skel" style={{ height: '100%', margin: '0 .625rem' }} />
        </div>
      )}
      {state === 'error' && error && <Failure error={error} again={() => void refetch()} />}
      {state === 'empty' && (
        <div className="chart hatched">
          <div className="empty">{t('chart.empty')}</div>
        </div>
      )}
      {state === 'ready' && drawing && (
        <Plot
          drawing={drawing}
          metric={metric}
          fromMs={now - DAY_MS}
          nowMs={now}
          label={sentence}
          onRead={setReadout}
        />
      )}
      {table && data && <NumbersTable series={data} metric={metric} />}
    </section>
  )
}
