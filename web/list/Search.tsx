import { Search as Glass, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useT } from '../i18n.ts'
import { onKey } from '../keys.ts'
import { listRows } from '../rows.ts'
import { KindIcon, Mark } from '../shell/Mark.tsx'
import { network } from '../state.ts'
import { setView, useView } from '../view.ts'

const SHOWN = 8

function find(question: string): string[] {
  if (question.trim() === '') return []
  const everywhere = { kinds: [], states: [], ward: null, inView: false, question }
  return listRows(network.sites.values(), everywhere, null).slice(0, SHOWN)
}

interface FoundProps {
  id: string
  optionId: string
  isAt: boolean
  onChoose(id: string): void
}

function Found({ id, optionId, isAt, onChoose }: FoundProps) {
  const { language } = useT()
  const site = network.sites.get(id)
  if (!site) return null
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, as a combobox has it
    <div
      id={optionId}
      role="option"
      aria-selected={isAt}
      data-testid="search-result"
      data-id={id}
      onPointerDown={(event) => {
        event.preventDefault()
        onChoose(id)
      }}
    >
      <Mark state={site.state} size={14} />
      <KindIcon kind={site.kind} system={site.system} size={14} />
      <span className="cut">{language === 'vi' ? site.name : site.nameEn}</span>
      <em>{site.id}</em>
    </div>
  )
}

/** Search by name, id or ward, with or without diacritics. It narrows the list, and names the first eight. */
export function Search() {
  const { t } = useT()
  const question = useView((view) => view.question)
  const input = useRef<HTMLInputElement>(null)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const listId = useId()
  useEffect(() => onKey('search', () => input.current?.focus()), [])
  const found = open ? find(question) : []
  const choose = (id: string | undefined) => {
    if (id === undefined) return
    setView({ site: id, question: '' })
    setOpen(false)
    input.current?.blur()
  }
  const press = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (question === '') input.current?.blur()
      else setView({ question: '' })
      event.stopPropagation()
    } else if (event.key === 'Enter') choose(found[at])
    else if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else return
    event.preventDefault()
  }
  return (
    <search>
      <label className="field search">
        <Glass size={15} aria-hidden />
        <input
          ref={input}
          type="search"
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={listId}
          aria-activedescendant={found[at] === undefined ? undefined : `${listId}-${at}`}
          aria-label={t('search.label')}
          placeholder={t('search.hint')}
          data-testid="search"
          autoComplete="off"
          value={question}
          onChange={(event) => {
            setAt(0)
            setView({ question: event.target.value })
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={press}
        />
        {question === '' ? (
          <kbd>/</kbd>
        ) : (
          <button type="button" aria-label={t('search.clear')} onClick={() => setView({ question: '' })}>
            <X size={14} aria-hidden />
          </button>
        )}
      </label>
      {open && question.trim() !== '' && (
        <div className="pop found">
          {found.length === 0 && <p className="mute">{t('search.none')}</p>}
          <div id={listId} role="listbox" aria-label={t('search.label')}>
            {found.map((id, index) => (
              <Found key={id} id={id} optionId={`${listId}-${index}`} isAt={index === at} onChoose={choose} />
            ))}
          </div>
        </div>
      )}
    </search>
  )
}
