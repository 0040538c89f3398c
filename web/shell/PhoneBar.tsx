import { Info, List, Map as MapIcon } from 'lucide-react'
import { useT } from '../i18n.ts'
import { useView } from '../view.ts'

export type Pane = 'map' | 'list' | 'site'

/** On a phone one pane is seen at a time; this bar says which. */
export function PhoneBar({ pane, onPane }: { pane: Pane; onPane: (pane: Pane) => void }) {
  const { t } = useT()
  const site = useView((view) => view.site)
  const panes = [
    ['map', MapIcon, t('pane.map')],
    ['list', List, t('pane.list')],
    ['site', Info, t('pane.site')],
  ] as const
  return (
    <nav className="ph-nav" aria-label={t('pane.label')}>
      {panes.map(([name, Icon, label]) =>
        name === 'site' && site === null ? null : (
          <button key={name} type="button" aria-pressed={pane === name} onClick={() => onPane(name)}>
            <Icon size={20} strokeWidth={1.6} aria-hidden />
            {label}
          </button>
        ),
      )}
    </nav>
  )
}
