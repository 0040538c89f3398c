import { KINDS, type Kind, SITE_STATES, type SiteState, SYSTEMS } from '../../domain/words.ts'
import { iconOf, SILHOUETTES, STATE_MARKS } from '../marks.ts'

/** The images of the map, drawn on canvas from the shapes that list and band use too. Names say what is drawn. */

/** Canvas pixels per CSS pixel. */
const RATIO = 2

type Token = (name: string) => string
type Draw = (canvas: CanvasRenderingContext2D, token: Token) => void

function paint(size: number, draw: Draw, token: Token): ImageData | null {
  const canvas = document.createElement('canvas')
  canvas.width = size * RATIO
  canvas.height = size * RATIO
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return null
  context.scale(RATIO, RATIO)
  context.translate(size / 2, size / 2)
  context.lineJoin = 'round'
  context.lineCap = 'round'
  draw(context, token)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

interface Stroke {
  fill?: string
  stroke?: string
  width?: number
  dash?: readonly number[]
}

/** Draws path data of a `box` × `box` drawing so that it is `size` pixels wide about (x, y). */
function shape(
  context: CanvasRenderingContext2D,
  data: string,
  box: number,
  at: { x: number; y: number; size: number },
  pen: Stroke,
): void {
  context.save()
  context.translate(at.x - at.size / 2, at.y - at.size / 2)
  context.scale(at.size / box, at.size / box)
  const path = new Path2D(data)
  if (pen.fill) {
    context.fillStyle = pen.fill
    context.fill(path, 'evenodd')
  }
  if (pen.stroke) {
    context.strokeStyle = pen.stroke
    context.lineWidth = pen.width ?? 1.2
    context.setLineDash([...(pen.dash ?? [])])
    context.stroke(path)
  }
  context.restore()
}

function badge(
  context: CanvasRenderingContext2D,
  token: Token,
  state: SiteState,
  at: { x: number; y: number; size: number },
): void {
  const mark = STATE_MARKS[state]
  if (state === 'down') shape(context, mark.outline, 20, at, { stroke: token('ink'), width: 4.6 })
  shape(context, mark.outline, 20, at, {
    fill: token(mark.fill),
    stroke: token(mark.edge),
    width: 1.4,
    dash: mark.dash,
  })
  shape(context, mark.glyph, 20, at, { stroke: token(mark.ink), width: 2.2 })
}

const centre = (size: number) => ({ x: 0, y: 0, size })

/** Far out: only faults have a shape. */
function drawFar(state: SiteState): Draw {
  return (context, token) => {
    if (state === 'stale') {
      shape(context, STATE_MARKS.stale.outline, 20, centre(6), { stroke: token('ink-2'), width: 3.4, dash: [5, 4] })
    } else if (state === 'maintenance') {
      shape(context, STATE_MARKS.maintenance.glyph, 20, centre(12), { stroke: token('ink-2'), width: 2 })
    } else badge(context, token, state, centre(16))
  }
}

/** Middle: silhouettes; solid is well, filled ink with a badge is a fault, dashed is late, hollow was never heard. */
function drawMiddle(kind: Kind, state: SiteState): Draw {
  return (context, token) => {
    const body = SILHOUETTES[kind]
    if (state === 'ok') return shape(context, body, 10, centre(11), { fill: token('ok') })
    if (state === 'unknown') return shape(context, body, 10, centre(12), { stroke: token('ok'), width: 0.9 })
    if (state === 'stale')
      return shape(context, body, 10, centre(12), { stroke: token('ink-2'), width: 1, dash: [1.5, 1.1] })
    shape(context, body, 10, centre(state === 'maintenance' ? 11 : 15), {
      fill: token(state === 'maintenance' ? 'ok' : 'ink'),
    })
    badge(context, token, state, { x: 9, y: -9, size: 14 })
  }
}

const NEAR_DASH: Partial<Record<SiteState, readonly number[]>> = { stale: [3.5, 2.5], unknown: [1, 3] }

function drawRing(context: CanvasRenderingContext2D, token: Token, state: SiteState, isFault: boolean): void {
  const calm = state === 'ok' ? 'control' : 'ink-2'
  context.beginPath()
  context.arc(0, 0, 14, 0, 2 * Math.PI)
  context.fillStyle = token('raised')
  context.fill()
  context.setLineDash([...(NEAR_DASH[state] ?? [])])
  context.lineWidth = isFault ? 2.5 : 1.6
  context.strokeStyle = token(isFault ? STATE_MARKS[state].edge : calm)
  context.stroke()
  context.setLineDash([])
}

/** Near: the kind's drawing in a ring that says the state by edge and badge. */
function drawNear(icon: string, state: SiteState): Draw {
  return (context, token) => {
    const isFault = state === 'down' || state === 'degraded'
    drawRing(context, token, state, isFault)
    shape(context, icon, 20, centre(17), { stroke: token(state === 'ok' ? 'ink-2' : 'ink'), width: 1.6 })
    if (state !== 'ok') badge(context, token, state, { x: 12, y: -12, size: isFault ? 18 : 15 })
  }
}

function drawWedge(context: CanvasRenderingContext2D, token: Token): void {
  const half = 0.52
  context.beginPath()
  context.moveTo(0, 0)
  context.arc(0, 0, 32, -Math.PI / 2 - half, -Math.PI / 2 + half)
  context.closePath()
  context.globalAlpha = 0.32
  context.fillStyle = token('ok')
  context.fill()
}

function drawCut(context: CanvasRenderingContext2D, token: Token): void {
  context.beginPath()
  context.arc(0, 0, 6.5, 0, 2 * Math.PI)
  context.fillStyle = token('surface')
  context.fill()
  shape(context, 'M6 6l8 8M14 6l-8 8', 20, centre(18), { stroke: token('critical-edge'), width: 2.2 })
}

const kindOf = (name: string) => KINDS.find((kind) => kind === name)
const stateOf = (name: string) => SITE_STATES.find((state) => state === name)

/** Draws the image of a name, `{level}/{kind}/{system or -}/{state}`; null for a name that is none of ours. */
export function drawIcon(name: string, token: Token): ImageData | null {
  if (name === 'wedge') return paint(66, drawWedge, token)
  if (name === 'cut') return paint(16, drawCut, token)
  const [level, kindName = '', systemName, stateName = ''] = name.split('/')
  const [kind, state] = [kindOf(kindName), stateOf(stateName)]
  if (!kind || !state) return null
  if (level === 'far') return paint(22, drawFar(state), token)
  if (level === 'middle') return paint(34, drawMiddle(kind, state), token)
  if (level === 'near')
    return paint(46, drawNear(iconOf(kind, SYSTEMS.find((s) => s === systemName) ?? null), state), token)
  return null
}
