import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { retry } from '../connect.ts'
import { formatClock } from '../format.ts'
import { t as translate, useT } from '../i18n.ts'
import { KEY_CAPS, KEY_NAMES, keysAreOn, listenToKeys, onKey, switchKeys } from '../keys.ts'
import { serverNow } from '../server-time.ts'
import { setView, useView } from '../view.ts'
import { say } from './Toast.tsx'

const sheet: { current: HTMLDialogElement | null } = { current: null }

/** Opens the sheet of keys. */
export const openShortcuts = (): void => sheet.current?.showModal()

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href)
    say(translate('copy.done', { at: formatClock(serverNow()) }))
  } catch {
    say(translate('copy.refused'))
  }
}

/** Esc clears in order: the selection, then the filter. Popovers close themselves before it. */
function back(): void {
  const view = useView.getState()
  if (view.site !== null) setView({ site: null })
  else setView({ question: '', kinds: [], states: [], ward: null, inView: false })
}

/** The sheet of keys, and the keys that belong to no pane. */
export function Shortcuts() {
  const { t } = useT()
  const dialog = useRef<HTMLDialogElement>(null)
  const [on, setOn] = useState(keysAreOn)
  useEffect(() => {
    sheet.current = dialog.current
    const stops = [
      listenToKeys(),
      onKey('help', openShortcuts),
      onKey('back', back),
      onKey('retry', retry),
      onKey('copy', () => void copyLink()),
      onKey('live', () => setView({ site: null })),
      onKey('clear', () => setView({ question: '', kinds: [], states: [], ward: null, inView: false })),
      onKey('inView', () => setView({ inView: !useView.getState().inView })),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  const flip = () => {
    switchKeys(!on)
    setOn(!on)
  }
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby="keys-title" data-testid="shortcuts">
      <div className="p-h">
        <h2 id="keys-title">{t('keys.title')}</h2>
        <i className="fill" />
        <button
          type="button"
          className="btn icon quiet"
          aria-label={t('close')}
          onClick={() => dialog.current?.close()}
        >
          <X size={16} aria-hidden />
        </button>
      </div>
      <ul className="keys">
        {KEY_NAMES.map((name) => (
          <li key={name}>
            {KEY_CAPS[name].map((cap) => (
              <kbd key={cap}>{cap}</kbd>
            ))}
            <span>{t(`keys.${name}`)}</span>
          </li>
        ))}
      </ul>
      <footer>
        <button type="button" className="check" aria-pressed={on} onClick={flip}>
          {t('keys.on')}
        </button>
      </footer>
    </dialog>
  )
}
