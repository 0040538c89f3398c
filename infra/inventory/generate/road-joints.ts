import type { Position } from '../../../domain/inventory.ts'
import { distanceKm, kmPerDegreeLon } from '../../geo/distance.ts'
import type { Coordinates } from '../../geo/layers.ts'

/** Roads are drawn by hand: one that ends this near another meets it. */
const TOUCH_KM = 0.06

/** The nearest point of a segment, and the share of the segment before it. */
export function project(point: Position, a: Position, b: Position): { position: Position; along: number } {
  const scale = kmPerDegreeLon(a.lat) / kmPerDegreeLon(0)
  const [dx, dy] = [(b.lon - a.lon) * scale, b.lat - a.lat]
  const [px, py] = [(point.lon - a.lon) * scale, point.lat - a.lat]
  const along = Math.max(0, Math.min(1, (px * dx + py * dy) / (dx * dx + dy * dy)))
  return { along, position: { lon: a.lon + along * (b.lon - a.lon), lat: a.lat + along * (b.lat - a.lat) } }
}

/** Share of segment ab at which cd crosses it; undefined when they do not. */
function crossing(a: Position, b: Position, c: Position, d: Position): number | undefined {
  const [rx, ry, sx, sy] = [b.lon - a.lon, b.lat - a.lat, d.lon - c.lon, d.lat - c.lat]
  const area = rx * sy - ry * sx
  if (area === 0) return undefined
  const along = ((c.lon - a.lon) * sy - (c.lat - a.lat) * sx) / area
  const other = ((c.lon - a.lon) * ry - (c.lat - a.lat) * rx) / area
  return along >= 0 && along <= 1 && other >= 0 && other <= 1 ? along : undefined
}

const toPosition = ([lon, lat]: Coordinates): Position => ({ lon, lat })

/** The same lines with a common vertex wherever two of them cross or touch. */
export function withJoints(lines: readonly (readonly Coordinates[])[]): Position[][] {
  const drawn = lines.map((line) => line.map(toPosition))
  return drawn.map((line, own) => {
    const others = drawn.filter((_, index) => index !== own)
    return line.flatMap((to, i) => {
      const from = line[i - 1]
      if (!from) return [to]
      const joints = others.flatMap((other) => jointsOn(from, to, other)).sort((x, y) => x.along - y.along)
      return [...joints.map(({ position }) => position), to]
    })
  })
}

/** Vertices that another line leaves on a segment: its own where it comes near, else where it crosses. */
function jointsOn(from: Position, to: Position, other: readonly Position[]): { along: number; position: Position }[] {
  const touching = other.flatMap((vertex) => {
    const { along, position } = project(vertex, from, to)
    return along > 0 && along < 1 && distanceKm(position, vertex) <= TOUCH_KM ? [{ along, position: vertex }] : []
  })
  if (touching.length > 0) return touching
  return other.slice(1).flatMap((end, i) => {
    const start = other[i] as Position
    const along = crossing(from, to, start, end)
    if (along === undefined || along === 0 || along === 1) return []
    const point = { lon: from.lon + along * (to.lon - from.lon), lat: from.lat + along * (to.lat - from.lat) }
    const position = { lon: Math.round(point.lon * 1e5) / 1e5, lat: Math.round(point.lat * 1e5) / 1e5 }
    const isOwnVertex = [from, to, start, end].some((vertex) => distanceKm(vertex, position) <= TOUCH_KM)
    return isOwnVertex ? [] : [{ along, position }]
  })
}
