import { Clock, TriangleAlert, WifiOff } from 'lucide-react'
import { retry } from '../connect.ts'
import { formatClock, formatNumber } from '../format.ts'
import { useT } from '../i18n.ts'
import { clockSkewMs } from '../server-time.ts'
import { useConnection, useSecond } from '../state.ts'
import { LATE_MS } from './Band.tsx'

const SKEW_MS = 5000

function Lost({ since }: { since: number | null }) {
  const { t } = useT()
  return (
    <div className="banner solid" role="alert" data-testid="banner" data-kind="lost">
      <WifiOff size={18} aria-hidden />
      <b>{t('banner.lost.title')}</b>
      <span>{since === null ? t('banner.lost.never') : t('banner.lost.text', { at: formatClock(since) })}</span>
      <i className="fill" />
      <button type="button" className="btn" onClick={retry}>
        {t('banner.retry')} <kbd>R</kbd>
      </button>
    </div>
  )
}

/** At most one banner, the gravest: disconnected, late, parts failing, this machine's clock. */
export function Banner() {
  const { t, language } = useT()
  const { status, since, pulse } = useConnection()
  useSecond()
  if (status === 'lost') return <Lost since={since} />
  if (pulse && pulse.lagMs > LATE_MS) {
    return (
      <div className="banner minor" role="status" data-testid="banner" data-kind="late">
        <Clock size={18} aria-hidden />
        <b>{t('banner.late.title', { s: Math.round(pulse.lagMs / 1000) })}</b>
        <span>{t('banner.late.text', { mb: formatNumber(language, pulse.journalBytes / 1e6, 1) })}</span>
      </div>
    )
  }
  if (pulse && pulse.degraded.length > 0) {
    return (
      <div className="banner minor" role="status" data-testid="banner" data-kind="degraded">
        <TriangleAlert size={18} aria-hidden />
        <b>{t('banner.degraded.title')}</b>
        <span>{pulse.degraded.join(' · ')}</span>
      </div>
    )
  }
  const skewMs = clockSkewMs()
  if (Math.abs(skewMs) <= SKEW_MS) return null
  return (
    <div className="banner info" role="status" data-testid="banner" data-kind="skew">
      <Clock size={18} aria-hidden />
      <b>{t(skewMs < 0 ? 'banner.skew.slow' : 'banner.skew.fast', { s: Math.round(Math.abs(skewMs) / 1000) })}</b>
      <span>{t('banner.skew.text')}</span>
    </div>
  )
}
