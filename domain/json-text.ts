/**
 * Where things stand in a JSON text, so that a person can be told the line. For texts that `JSON.parse` has
 * accepted; nothing here recurses or backtracks, so deep nesting and long strings cost no stack.
 */

const QUOTE = 34
const BACKSLASH = 92

function skipString(text: string, at: number): number {
  let i = at + 1
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1
  return i + 1
}

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\n' || char === '\r' || char === '\t'

function skipBlanks(text: string, at: number): number {
  let i = at
  while (isBlank(text[i])) i++
  return i
}

const DEPTH: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 }

/** The offset behind the value that begins at `at`. */
function skipValue(text: string, at: number): number {
  if (text[at] === '"') return skipString(text, at)
  if (text[at] !== '{' && text[at] !== '[') return skipScalar(text, at)
  let depth = 0
  let i = at
  do {
    const char = text[i] as string
    depth += DEPTH[char] ?? 0
    i = char === '"' ? skipString(text, i) : i + 1
  } while (depth > 0 && i < text.length)
  return i
}

function skipScalar(text: string, at: number): number {
  let i = at
  while (i < text.length && !isBlank(text[i]) && text[i] !== ',' && text[i] !== '}' && text[i] !== ']') i++
  return i
}

/** Offsets of the elements of the array that begins at `at`. */
export function* elementsAt(text: string, at: number): Generator<number> {
  let i = skipBlanks(text, at + 1)
  while (i < text.length && text[i] !== ']') {
    yield i
    i = skipBlanks(text, skipValue(text, i))
    if (text[i] === ',') i = skipBlanks(text, i + 1)
  }
}

/** Offset of a member's value in the object that begins at `at`; of the last one, as `JSON.parse` sees it. */
export function memberAt(text: string, at: number, name: string): number | undefined {
  const quoted = JSON.stringify(name)
  let found: number | undefined
  let i = skipBlanks(text, at + 1)
  while (i < text.length && text[i] === '"') {
    const end = skipString(text, i)
    const value = skipBlanks(text, skipBlanks(text, end) + 1)
    if (text.slice(i, end) === quoted) found = value
    i = skipBlanks(text, skipValue(text, value))
    if (text[i] === ',') i = skipBlanks(text, i + 1)
  }
  return found
}

function elementAt(text: string, at: number, index: number): number | undefined {
  let i = 0
  for (const offset of elementsAt(text, at)) if (i++ === index) return offset
  return undefined
}

/** Offset of what a path leads to from the value at `at`; of the deepest part that is there when the rest is not. */
export function locate(text: string, at: number, path: readonly PropertyKey[]): number {
  let here = at
  for (const step of path) {
    const next =
      text[here] === '['
        ? elementAt(text, here, Number(step))
        : text[here] === '{'
          ? memberAt(text, here, String(step))
          : undefined
    if (next === undefined) return here
    here = next
  }
  return here
}

/** Offset of the outermost value. */
export const rootAt = (text: string): number => skipBlanks(text, 0)

/** Counts lines from 1; ask in rising order of offsets, and each part of the text is walked once. */
export function createLineCounter(text: string): (offset: number) => number {
  let line = 1
  let at = 0
  return (offset) => {
    if (offset < at) [line, at] = [1, 0]
    for (let next = text.indexOf('\n', at); next >= 0 && next < offset; next = text.indexOf('\n', at)) {
      line++
      at = next + 1
    }
    return line
  }
}
