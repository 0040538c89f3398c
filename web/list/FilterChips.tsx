import { X } from 'lucide-react'
import { toggled } from '../address.ts'
import { useT } from '../i18n.ts'
import { setView, useView } from '../view.ts'
import { useWards } from './use-wards.ts'

function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  const { t } = useT()
  return (
    <button
      type="button"
      className="tag"
      title={t('filter.remove')}
      aria-label={t('filter.removeOne', { filter: label })}
      onClick={onRemove}
    >
      {label} <X size={12} aria-hidden />
    </button>
  )
}

/** What the filter says now; each part can be lifted. */
export function FilterChips() {
  const { t } = useT()
  const { kinds, states, ward, question } = useView()
  const wards = useWards()
  if (kinds.length + states.length === 0 && ward === null && question === '') return null
  return (
    <div className="chips" data-testid="filter-chips">
      {question !== '' && <Chip label={`“${question}”`} onRemove={() => setView({ question: '' })} />}
      {kinds.map((kind) => (
        <Chip key={kind} label={t(`kind.${kind}`)} onRemove={() => setView({ kinds: toggled(kinds, kind) })} />
      ))}
      {states.map((state) => (
        <Chip key={state} label={t(`state.${state}`)} onRemove={() => setView({ states: toggled(states, state) })} />
      ))}
      {ward !== null && <Chip label={wards.get(ward) ?? ward} onRemove={() => setView({ ward: null })} />}
    </div>
  )
}
