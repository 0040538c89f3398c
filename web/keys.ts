/** One table of keys. No single key acts while someone types, and all can be switched off (WCAG 2.1.4). */

export const KEY_NAMES = [
  'next',
  'previous',
  'open',
  'back',
  'search',
  'filter',
  'clear',
  'island',
  'zoomIn',
  'zoomOut',
  'inView',
  'admit',
  'live',
  'retry',
  'copy',
  'help',
] as const
export type KeyName = (typeof KEY_NAMES)[number]

/** Keys as `KeyboardEvent.key` has them. */
const KEYS: Readonly<Record<string, KeyName>> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  Enter: 'open',
  Escape: 'back',
  '/': 'search',
  f: 'filter',
  F: 'clear',
  '0': 'island',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  b: 'inView',
  n: 'admit',
  '1': 'live',
  r: 'retry',
  l: 'copy',
  '?': 'help',
}

/** What each action is written as on the sheet. */
export const KEY_CAPS: Readonly<Record<KeyName, readonly string[]>> = {
  next: ['J', '↓'],
  previous: ['K', '↑'],
  open: ['Enter'],
  back: ['Esc'],
  search: ['/'],
  filter: ['F'],
  clear: ['Shift', 'F'],
  island: ['0'],
  zoomIn: ['+'],
  zoomOut: ['−'],
  inView: ['B'],
  admit: ['N'],
  live: ['1'],
  retry: ['R'],
  copy: ['L'],
  help: ['?'],
}

type Action = () => void
const actions = new Map<KeyName, Action[]>()

/** Gives an action to a key until the returned function is called; the newest giver has it. */
export function onKey(name: KeyName, action: Action): () => void {
  const stack = actions.get(name) ?? []
  actions.set(name, stack)
  stack.push(action)
  return () => {
    stack.splice(stack.lastIndexOf(action), 1)
  }
}

const STORED = 'pq.keys'
export const keysAreOn = (): boolean => localStorage.getItem(STORED) !== 'off'
export const switchKeys = (on: boolean): void => localStorage.setItem(STORED, on ? 'on' : 'off')

const isWriting = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))

/** Arrow keys and Enter belong to whatever has the focus: a map, a button, a tab. */
function belongsToFocus(key: string, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (key === 'Enter') return target.closest('button, a, summary, [role=tab]') !== null
  return key.startsWith('Arrow') && target.closest('[role=tablist], [role=menu], canvas, .scroll') !== null
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return
  if (isWriting(event.target) || document.querySelector('dialog[open]')) return
  const name = KEYS[event.key]
  if (!name || belongsToFocus(event.key, event.target)) return
  if (!keysAreOn() && !/^(Escape|Enter|Arrow)/.test(event.key)) return
  const action = actions.get(name)?.at(-1)
  if (!action) return
  event.preventDefault()
  action()
}

/** Listens to the keyboard until the returned function is called. */
export function listenToKeys(): () => void {
  addEventListener('keydown', press)
  return () => removeEventListener('keydown', press)
}
