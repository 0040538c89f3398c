/**
 * Where a text stops being JSON (RFC 8259). `JSON.parse` says that in words that differ from engine to
 * engine, and often without the place.
 */

const BLANKS = /[ \t\r\n]*/y
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const QUOTE = 34
const BACKSLASH = 92
const LAST_CONTROL = 31

/** The offset behind what matches at `at`; `at` when nothing does. */
function pass(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

interface Step {
  at: number
  /** What stands here may not. */
  wrong: boolean
}
const step = (at: number): Step => ({ at, wrong: false })
const wrong = (at: number): Step => ({ at, wrong: true })

function stringFrom(text: string, at: number): Step {
  if (text[at] !== '"') return wrong(at)
  let i = at + 1
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return step(i + 1)
    if (code <= LAST_CONTROL) return wrong(i)
    const next = code === BACKSLASH ? pass(ESCAPE, text, i) : i + 1
    if (next === i) return wrong(i)
    i = next
  }
  return wrong(i)
}

function keyFrom(text: string, at: number): Step {
  const key = stringFrom(text, pass(BLANKS, text, at))
  if (key.wrong) return key
  const colon = pass(BLANKS, text, key.at)
  return text[colon] === ':' ? step(colon + 1) : wrong(colon)
}

function scalarFrom(text: string, at: number): Step {
  if (text[at] === '"') return stringFrom(text, at)
  const end = pass(SCALAR, text, at)
  return end === at ? wrong(at) : step(end)
}

type Bracket = '}' | ']'
const CLOSING: Readonly<Record<string, Bracket>> = { '{': '}', '[': ']' }

/** Reads on to the beginning of the next value: past the opening of this one, or past it and all that it ends. */
function valueFrom(text: string, at: number, open: Bracket[]): Step & { done?: true } {
  const closing = CLOSING[text[at] ?? '']
  if (!closing) {
    const scalar = scalarFrom(text, at)
    return scalar.wrong ? scalar : after(text, scalar.at, open)
  }
  open.push(closing)
  const inside = pass(BLANKS, text, at + 1)
  if (text[inside] === closing) return after(text, inside, open)
  return closing === '}' ? keyFrom(text, inside) : step(inside)
}

/** Behind a value: brackets close, and then a comma or the end. */
function after(text: string, from: number, open: Bracket[]): Step & { done?: true } {
  let at = pass(BLANKS, text, from)
  while (open.length > 0 && text[at] === open[open.length - 1]) {
    open.pop()
    at = pass(BLANKS, text, at + 1)
  }
  const inner = open[open.length - 1]
  if (!inner) return at === text.length ? { at, wrong: false, done: true } : wrong(at)
  if (text[at] !== ',') return wrong(at)
  return inner === '}' ? keyFrom(text, at + 1) : step(at + 1)
}

/** Offset of the first character that JSON does not allow; undefined for a text that is JSON. */
export function faultIn(text: string): number | undefined {
  const open: Bracket[] = []
  let at = 0
  for (;;) {
    const next = valueFrom(text, pass(BLANKS, text, at), open)
    if (next.wrong) return next.at
    if (next.done) return undefined
    at = next.at
  }
}
