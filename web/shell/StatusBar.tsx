import { KINDS } from '../../domain/words.ts'
import { formatClock, formatNumber } from '../format.ts'
import { useT } from '../i18n.ts'
import { useConnection, useSummary } from '../state.ts'
import { KindIcon } from './Mark.tsx'
import { openShortcuts } from './Shortcuts.tsx'

/** A part of the bar that is there must be seen, however few it stands for. */
const share = (part: number, whole: number) => Math.max(part, whole * 0.03)

function FreshnessBars() {
  const { t, language } = useT()
  const freshness = useSummary((summary) => summary.freshness)
  return KINDS.map((kind) => {
    const { onTime, late, silent } = freshness[kind]
    const all = onTime + late + silent
    const words = t('freshness.words', { kind: t(`kind.${kind}`), onTime, late, silent })
    return (
      <span key={kind} className="fresh" title={words} data-testid={`freshness-${kind}`}>
        <KindIcon kind={kind} size={14} />
        <span className="bar" aria-hidden>
          {onTime > 0 && <u style={{ flex: onTime }} />}
          {late > 0 && <u className="late" style={{ flex: share(late, all) }} />}
          {silent > 0 && <u className="silent" style={{ flex: share(silent, all) }} />}
        </span>
        <span className="sr">{words}</span>
        <span aria-hidden>
          <b>{formatNumber(language, onTime)}</b>/{formatNumber(language, all)}
        </span>
      </span>
    )
  })
}

/** Punctuality by kind, the platform's pulse, and the way to the keys. */
export function StatusBar() {
  const { t, language } = useT()
  const { status, since, pulse } = useConnection()
  return (
    <footer className="status" data-testid="freshness">
      <span>{t('freshness.label')}</span>
      <FreshnessBars />
      <i className="fill" />
      {status === 'lost' ? (
        since !== null && <span className="frozen">{t('status.frozen', { at: formatClock(since) })}</span>
      ) : (
        <>
          <span>
            {t('status.in')} <b>{pulse ? formatNumber(language, pulse.ingestPerSecond) : '–'}</b> {t('unit.perSecond')}
          </span>
          <span>
            {t('status.lag')} <b>{pulse ? formatNumber(language, pulse.lagMs / 1000, 1) : '–'}</b> s
          </span>
        </>
      )}
      <button type="button" onClick={openShortcuts}>
        <kbd>?</kbd> {t('keys.title')}
      </button>
    </footer>
  )
}
