import type { SiteState } from '../../domain/words.ts'
import { useT } from '../i18n.ts'
import { Mark } from '../shell/Mark.tsx'

const SHOWN: readonly SiteState[] = ['down', 'degraded', 'stale', 'unknown', 'ok']

/** What the marks mean: always there. */
export function Legend() {
  const { t } = useT()
  return (
    <ul className="card legend" aria-label={t('map.legend')}>
      {SHOWN.map((state) => (
        <li key={state}>
          <Mark state={state} size={16} />
          {t(`state.${state}`)}
        </li>
      ))}
    </ul>
  )
}
