import { ListFilter } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useEffect, useState } from 'react'
import { KINDS } from '../../domain/words.ts'
import { toggled } from '../address.ts'
import { useT } from '../i18n.ts'
import { onKey } from '../keys.ts'
import { WORST_FIRST } from '../rows.ts'
import { KindIcon, Mark } from '../shell/Mark.tsx'
import { useSummary } from '../state.ts'
import { setView, useView } from '../view.ts'
import { useWards } from './use-wards.ts'

/** Kinds, states and ward in one popover; F opens it. */
export function Filters() {
  const { t } = useT()
  const { kinds, states, ward } = useView()
  const wards = useWards()
  const counts = useSummary((summary) => summary.counts)
  const [open, setOpen] = useState(false)
  useEffect(() => onKey('filter', () => setOpen((was) => !was)), [])
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="btn icon quiet" aria-label={t('filter.open')} title={t('filter.open')}>
        <ListFilter size={16} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="pop filters" align="end" sideOffset={4} aria-label={t('filter.label')}>
          <h3>{t('filter.kind')}</h3>
          <div className="set">
            {KINDS.map((kind) => (
              <button
                key={kind}
                type="button"
                className="btn"
                aria-pressed={kinds.includes(kind)}
                onClick={() => setView({ kinds: toggled(kinds, kind) })}
              >
                <KindIcon kind={kind} size={15} /> {t(`kind.${kind}`)}
              </button>
            ))}
          </div>
          <h3>{t('filter.state')}</h3>
          <div className="set">
            {WORST_FIRST.filter((state) => state !== 'maintenance' || counts.maintenance > 0).map((state) => (
              <button
                key={state}
                type="button"
                className="btn"
                aria-pressed={states.includes(state)}
                onClick={() => setView({ states: toggled(states, state) })}
              >
                <Mark state={state} size={14} /> {t(`state.${state}`)}
              </button>
            ))}
          </div>
          <h3 id="filter-ward">{t('filter.ward')}</h3>
          <span className="field">
            <select
              aria-labelledby="filter-ward"
              value={ward ?? ''}
              onChange={(event) => setView({ ward: event.target.value || null })}
            >
              <option value="">{t('filter.everyWard')}</option>
              {[...wards].map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </span>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
