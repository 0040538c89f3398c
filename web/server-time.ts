/** The platform's time as this browser knows it: every age on screen is counted by it, not by this machine's clock. */

interface Mark {
  serverMs: number
  localMs: number
}

const MARKS = 8
const marks: Mark[] = []

/** Notes that the platform said this time just now. */
export function noteServerTime(serverMs: number): void {
  marks.push({ serverMs, localMs: Date.now() })
  if (marks.length > MARKS) marks.shift()
}

/** How many platform seconds pass in a second here: 1, unless a demonstration runs fast. */
export function pace(): number {
  const [first, last] = [marks[0], marks.at(-1)]
  if (!first || !last || last.localMs - first.localMs < 2000) return 1
  const measured = (last.serverMs - first.serverMs) / (last.localMs - first.localMs)
  return measured > 1.5 ? measured : 1
}

/** Platform time in epoch ms; this machine's own until the platform has spoken. */
export function serverNow(): number {
  const last = marks.at(-1)
  if (!last) return Date.now()
  return Math.round(last.serverMs + (Date.now() - last.localMs) * pace())
}

/** This machine's clock minus the platform's, in ms; 0 while unknown or while a demonstration runs fast. */
export function clockSkewMs(): number {
  const last = marks.at(-1)
  return last && pace() === 1 ? last.localMs - last.serverMs : 0
}
