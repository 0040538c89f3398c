import { Clock, WifiOff } from 'lucide-react'
import type { SiteState } from '../../domain/words.ts'
import { toggled } from '../address.ts'
import { formatClock, formatDate, formatNumber } from '../format.ts'
import { useT } from '../i18n.ts'
import { useConnection, useSecond, useSummary } from '../state.ts'
import { setView, useView } from '../view.ts'
import { Mark } from './Mark.tsx'

const COUNTED: readonly SiteState[] = ['down', 'degraded', 'stale', 'unknown']
/** Behind by more than this, the whole system is late. */
export const LATE_MS = 10_000

function StateCounts() {
  const { t, language } = useT()
  const counts = useSummary((summary) => summary.counts)
  const chosen = useView((view) => view.states)
  return (
    <fieldset className="counts" data-testid="counts" aria-label={t('counts.label')}>
      {COUNTED.map((state) => (
        <button
          key={state}
          type="button"
          className={counts[state] === 0 ? 'count zero' : 'count'}
          data-testid={`count-${state}`}
          data-count={counts[state]}
          aria-pressed={chosen.includes(state)}
          aria-label={t('counts.one', { n: counts[state], state: t(`state.${state}`) })}
          title={t('counts.filter', { state: t(`state.${state}`) })}
          onClick={() => setView({ states: toggled(chosen, state) })}
        >
          <Mark state={state} size={16} quiet={counts[state] === 0} />
          <b>{formatNumber(language, counts[state])}</b>
        </button>
      ))}
    </fieldset>
  )
}

function Connection() {
  const { t, language } = useT()
  const { status, since, pulse } = useConnection()
  const lagMs = pulse?.lagMs ?? 0
  if (status === 'lost') {
    return (
      <div className="conn lost" data-testid="connection" data-state="lost" role="status">
        <WifiOff size={16} aria-hidden />
        <span>
          <b>{t('connection.lost')}</b>
          <em>{since === null ? t('connection.never') : t('connection.since', { at: formatClock(since) })}</em>
        </span>
      </div>
    )
  }
  const late = lagMs > LATE_MS
  const name = status === 'connecting' ? 'connecting' : late ? 'late' : 'live'
  return (
    <div className={`conn ${name}`} data-testid="connection" data-state={name} role="status">
      {late ? <Clock size={16} aria-hidden /> : <s />}
      <span>
        <b>{t(`connection.${name}`)}</b>
        <em>
          {pulse === null
            ? t('connection.waiting')
            : t('connection.lag', { s: formatNumber(language, lagMs / 1000, 1) })}
        </em>
      </span>
    </div>
  )
}

function ClockBox() {
  const { language } = useT()
  const now = useSecond()
  return (
    <div className="clock" data-testid="clock">
      <b>{formatClock(now)}</b>
      <em>{formatDate(language, now)}</em>
    </div>
  )
}

/** The first glance: how many sites are at fault, and is the picture alive. */
export function Band() {
  const { t, language } = useT()
  const counts = useSummary((summary) => summary.counts)
  const perSecond = useConnection((connection) => connection.pulse?.ingestPerSecond)
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0)
  const worst = counts.down > 0 ? 'down' : counts.degraded > 0 ? 'degraded' : ''
  return (
    <header className="band">
      <div className="kpi wide">
        <span>{t('kpi.working')}</span>
        <div>
          <b>{total === 0 ? '–' : formatNumber(language, counts.ok + counts.degraded + counts.maintenance)}</b>
          <i>/ {formatNumber(language, total)}</i>
        </div>
      </div>
      <div className={`kpi ${worst}`}>
        <span>{t('kpi.states')}</span>
        <div>
          <StateCounts />
        </div>
      </div>
      <div className="kpi wide">
        <span>{t('kpi.rate')}</span>
        <div>
          <b>{perSecond === undefined ? '–' : formatNumber(language, perSecond)}</b>
          <i>{t('unit.perSecond')}</i>
        </div>
      </div>
      <Connection />
      <ClockBox />
    </header>
  )
}
