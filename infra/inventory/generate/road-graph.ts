import type { Position } from '../../../domain/inventory.ts'
import { distanceKm, kmPerDegreeLon, lengthKm, rounded } from '../../geo/distance.ts'
import type { Layers } from '../../geo/layers.ts'
import { project, withJoints } from './road-joints.ts'

interface Edge {
  a: number
  b: number
  km: number
}

/** A point on a road. */
export interface RoadPoint {
  position: Position
  edge: number
  /** Share of the edge that lies before it. */
  along: number
}

export interface Roads {
  /** The nearest point on any road; undefined when none is within `limitKm`. */
  snap(point: Position, limitKm: number): RoadPoint | undefined
  /** The shortest way along roads, both ends included; undefined when there is none. */
  way(from: RoadPoint, to: RoadPoint): { path: Position[]; km: number } | undefined
  /** Points every `stepKm` along all roads, with the direction of the road in degrees from north. */
  walk(stepKm: number): { position: Position; bearingDeg: number }[]
}

/** Roads meet where they cross or touch. */
export function createRoads(roads: Layers['roads']): Roads {
  const { vertices, edges } = buildGraph(roads)
  const at: number[][] = vertices.map(() => [])
  edges.forEach((edge, index) => {
    at[edge.a]?.push(index)
    at[edge.b]?.push(index)
  })
  const ends = (edge: Edge): [Position, Position] => [vertices[edge.a] as Position, vertices[edge.b] as Position]
  return {
    snap(point, limitKm) {
      let best: RoadPoint | undefined
      let bestKm = limitKm
      edges.forEach((edge, index) => {
        const { along, position } = project(point, ...ends(edge))
        const km = distanceKm(point, position)
        if (km <= bestKm) [best, bestKm] = [{ along, position: rounded(position), edge: index }, km]
      })
      return best
    },
    way: (from, to) => shortestWay({ vertices, edges, at }, from, to),
    walk: (stepKm) => edges.flatMap((edge) => stepsOf(...ends(edge), edge.km, stepKm)),
  }
}

interface Graph {
  vertices: Position[]
  edges: Edge[]
  at: number[][]
}

function buildGraph(roads: Layers['roads']): Pick<Graph, 'vertices' | 'edges'> {
  const vertices: Position[] = []
  const edges: Edge[] = []
  const known = new Map<string, number>()
  for (const line of withJoints(roads.features.map(({ geometry }) => geometry.coordinates))) {
    let before = -1
    for (const point of line) {
      const key = `${point.lon}/${point.lat}`
      const vertex = known.get(key) ?? vertices.push(point) - 1
      known.set(key, vertex)
      if (before >= 0 && before !== vertex) {
        const km = distanceKm(vertices[before] as Position, vertices[vertex] as Position)
        edges.push({ a: before, b: vertex, km })
      }
      before = vertex
    }
  }
  return { vertices, edges }
}

function stepsOf(a: Position, b: Position, km: number, stepKm: number): { position: Position; bearingDeg: number }[] {
  const east = (b.lon - a.lon) * kmPerDegreeLon(a.lat)
  const north = (b.lat - a.lat) * kmPerDegreeLon(0)
  const bearingDeg = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360
  const count = Math.max(1, Math.round(km / stepKm))
  return Array.from({ length: count }, (_, i) => {
    const along = (i + 0.5) / count
    return { position: { lon: a.lon + along * (b.lon - a.lon), lat: a.lat + along * (b.lat - a.lat) }, bearingDeg }
  })
}

function shortestWay(graph: Graph, from: RoadPoint, to: RoadPoint): { path: Position[]; km: number } | undefined {
  if (from.edge === to.edge) return withLength([from.position, to.position])
  const start = graph.edges[from.edge] as Edge
  const end = graph.edges[to.edge] as Edge
  const { km, before } = spread(graph, [
    [start.a, start.km * from.along],
    [start.b, start.km * (1 - from.along)],
  ])
  const viaA = (km[end.a] as number) + end.km * to.along
  const viaB = (km[end.b] as number) + end.km * (1 - to.along)
  if (!Number.isFinite(Math.min(viaA, viaB))) return undefined
  const middle: Position[] = []
  for (let at = viaA <= viaB ? end.a : end.b; at >= 0; at = before[at] as number)
    middle.push(graph.vertices[at] as Position)
  return withLength([from.position, ...middle.reverse(), to.position])
}

function withLength(points: Position[]): { path: Position[]; km: number } {
  const path = points.filter((p, i) => i === 0 || p.lon !== points[i - 1]?.lon || p.lat !== points[i - 1]?.lat)
  return { path, km: lengthKm(path) }
}

/** Dijkstra without a heap: a few hundred vertices. */
function spread({ vertices, edges, at }: Graph, starts: [vertex: number, km: number][]) {
  const km = new Float64Array(vertices.length).fill(Number.POSITIVE_INFINITY)
  const before = new Int32Array(vertices.length).fill(-1)
  const done = new Uint8Array(vertices.length)
  for (const [vertex, distance] of starts) km[vertex] = distance
  for (;;) {
    const here = nearestOpen(km, done)
    if (here < 0) return { km, before }
    done[here] = 1
    for (const index of at[here] as number[]) {
      const edge = edges[index] as Edge
      const next = edge.a === here ? edge.b : edge.a
      const distance = (km[here] as number) + edge.km
      if (distance < (km[next] as number)) {
        km[next] = distance
        before[next] = here
      }
    }
  }
}

/** The vertex that is nearest and not done; -1: none can be reached. */
function nearestOpen(km: Float64Array, done: Uint8Array): number {
  let here = -1
  let best = Number.POSITIVE_INFINITY
  for (let v = 0; v < km.length; v++)
    if (!done[v] && (km[v] as number) < best) {
      here = v
      best = km[v] as number
    }
  return here
}
