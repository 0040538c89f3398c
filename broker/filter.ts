/** MQTT topic filters (3.1.1, section 4.7). Pure. */

const DOLLAR = 36
const HASH = 35
const PLUS = 43
const SLASH = 47

/** Is the text a well-formed topic filter? [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] */
export function isFilter(text: string): boolean {
  if (text.length === 0 || text.includes('\0')) return false
  const levels = text.split('/')
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1
    return level === '+' || (!level.includes('+') && !level.includes('#'))
  })
}

/** End of the level that starts at `at`. */
function levelEnd(text: string, at: number): number {
  const end = text.indexOf('/', at)
  return end < 0 ? text.length : end
}

/** Does a topic match a well-formed filter? A wildcard in the first level leaves topics with `$` out [MQTT-4.7.2-1]. */
export function matches(filter: string, topic: string): boolean {
  let f = 0
  let t = 0
  if (topic.charCodeAt(0) === DOLLAR && filter.charCodeAt(0) !== DOLLAR) return false
  for (;;) {
    const first = filter.charCodeAt(f)
    if (first === HASH) return true
    const fEnd = levelEnd(filter, f)
    const tEnd = levelEnd(topic, t)
    const whole = first === PLUS || (fEnd - f === tEnd - t && topic.startsWith(filter.slice(f, fEnd), t))
    if (!whole) return false
    if (tEnd === topic.length) return fEnd === filter.length || isParentOfHash(filter, fEnd)
    if (fEnd === filter.length) return false
    f = fEnd + 1
    t = tEnd + 1
  }
}

/** `a/#` matches its parent `a` too. */
const isParentOfHash = (filter: string, at: number): boolean =>
  filter.length === at + 2 && filter.charCodeAt(at) === SLASH && filter.charCodeAt(at + 1) === HASH

/**
 * Does `wide` match every topic that `narrow` matches? Sound, not complete: `+/#` is not seen to
 * cover `#`. What it grants is always covered.
 */
export function covers(wide: string, narrow: string): boolean {
  if (narrow.charCodeAt(0) === DOLLAR && wide.charCodeAt(0) !== DOLLAR) return false
  const w = wide.split('/')
  const n = narrow.split('/')
  for (let i = 0; i < w.length; i++) {
    if (w[i] === '#') return true
    if (i >= n.length || n[i] === '#') return false
    if (w[i] !== '+' && w[i] !== n[i]) return false
  }
  return w.length === n.length
}
