import type { Group, Link, OpticClass, Position, SiteOfKind } from '../../domain/inventory.ts'
import { distanceKm, type Geo } from './geo.ts'
import { createNumbering, nearest, rounded } from './siting.ts'

type Node = SiteOfKind<'fibre'>

/** A stretch of road between two nodes. */
interface Stretch {
  a: number
  b: number
  line: Position[]
  road: string
  km: number
}

/** The schematic roads are some 15 % shorter than the real ones, and a cable has its loops. */
const ROUTE_FACTOR = 1.2
const ISLAND_ROADS_OFF_NETWORK = ['hon-thom', 'tho-chu']

const keyOf = ({ lon, lat }: Position): string => `${lon},${lat}`
const lengthKm = (line: readonly Position[]): number =>
  line.slice(1).reduce((sum, point, i) => sum + distanceKm(line[i] as Position, point), 0)

/** Junctions and ends of the roads, and the stretches between them. */
function roadGraph(geo: Geo): { points: Position[]; stretches: Stretch[] } {
  const roads = geo.roads.filter((road) => !ISLAND_ROADS_OFF_NETWORK.includes(road.id))
  const uses = new Map<string, number>()
  for (const { line } of roads) for (const point of line) uses.set(keyOf(point), (uses.get(keyOf(point)) ?? 0) + 1)
  const indexes = new Map<string, number>()
  const points: Position[] = []
  const indexOf = (point: Position): number => {
    const known = indexes.get(keyOf(point))
    if (known !== undefined) return known
    indexes.set(keyOf(point), points.length)
    return points.push(point) - 1
  }
  const stretches: Stretch[] = []
  for (const { line, name } of roads) {
    let from = 0
    for (let i = 1; i < line.length; i++) {
      if (i < line.length - 1 && (uses.get(keyOf(line[i] as Position)) ?? 0) < 2) continue
      const part = line.slice(from, i + 1)
      stretches.push({ a: indexOf(part[0] as Position), b: indexOf(part[part.length - 1] as Position), line: part, road: name, km: lengthKm(part) })
      from = i
    }
  }
  return { points, stretches }
}

/** The point half-way along a line, and the two halves that meet there. */
function halve(line: readonly Position[]): { middle: Position; before: Position[]; after: Position[] } {
  const half = lengthKm(line) / 2
  let run = 0
  for (let i = 1; i < line.length; i++) {
    const p = line[i - 1] as Position
    const q = line[i] as Position
    const step = distanceKm(p, q)
    if (run + step >= half) {
      const share = step === 0 ? 0 : (half - run) / step
      const middle = { lon: p.lon + (q.lon - p.lon) * share, lat: p.lat + (q.lat - p.lat) * share }
      return { middle, before: [...line.slice(0, i), middle], after: [middle, ...line.slice(i)] }
    }
    run += step
  }
  throw new Error('a road of no length can not be halved')
}

/** Nodes at junctions, then half-way along the longest stretches until there are enough. */
function subdivide(points: Position[], stretches: Stretch[], count: number): void {
  while (points.length < count) {
    let longest = 0
    for (const [i, stretch] of stretches.entries()) if (stretch.km > (stretches[longest] as Stretch).km) longest = i
    const { a, b, line, road } = stretches[longest] as Stretch
    const { middle, before, after } = halve(line)
    const node = points.push(middle) - 1
    stretches.splice(
      longest,
      1,
      { a, b: node, line: before, road, km: lengthKm(before) },
      { a: node, b, line: after, road, km: lengthKm(after) },
    )
  }
}

/** Stretches whose loss parts the network: spurs. The others close rings. Tarjan's bridges, iteratively by removal. */
function bridges(count: number, stretches: readonly Stretch[]): Set<Stretch> {
  const near: { to: number; by: Stretch }[][] = Array.from({ length: count }, () => [])
  for (const by of stretches) {
    near[by.a]?.push({ to: by.b, by })
    near[by.b]?.push({ to: by.a, by })
  }
  const order = new Array<number>(count).fill(-1)
  const low = new Array<number>(count).fill(-1)
  const found = new Set<Stretch>()
  let clock = 0
  const visit = (node: number, entered: Stretch | undefined): void => {
    order[node] = clock
    low[node] = clock++
    for (const { to, by } of near[node] ?? []) {
      if (by === entered) continue
      if (order[to] === -1) {
        visit(to, by)
        low[node] = Math.min(low[node] as number, low[to] as number)
        if ((low[to] as number) > (order[node] as number)) found.add(by)
      } else low[node] = Math.min(low[node] as number, order[to] as number)
    }
  }
  for (let node = 0; node < count; node++) if (order[node] === -1) visit(node, undefined)
  return found
}

const opticClassOf = (km: number): OpticClass => (km <= 9 ? 'LR' : km <= 32 ? 'ER' : 'ZR')

/** 0.25 dB/km at 1550 nm, two connectors, a splice every 3 km. */
const designLossDb = (km: number): number => Math.round((0.25 * km + 1 + Math.ceil(km / 3) * 0.1) * 10) / 10

/** Names a part of the ring network by where it lies. */
const ringName = (lat: number): string => (lat > 10.28 ? 'Vòng Bắc' : lat > 10.14 ? 'Vòng Trung' : 'Vòng Nam')

function linkOf(stretch: Stretch, nodes: readonly Node[], spurs: Set<Stretch>, index: number): Link {
  const km = Math.round(stretch.km * ROUTE_FACTOR * 100) / 100
  const a = nodes[stretch.a] as Node
  const b = nodes[stretch.b] as Node
  const middle = stretch.line[Math.floor(stretch.line.length / 2)] as Position
  return {
    id: `SP-${String(index + 1).padStart(3, '0')}`,
    name: `${a.name} – ${b.name}`,
    kind: 'span',
    a: a.id,
    b: b.id,
    path: stretch.line.map(rounded),
    length_km: km,
    optic_class: opticClassOf(km),
    design_loss_db: designLossDb(km),
    route: spurs.has(stretch) ? `Nhánh ${stretch.road}` : ringName(middle.lat),
  }
}

/** Islets with a node of their own, each fed by a cable in the sea from the nearest node ashore. */
const ISLET_PLACES = ['hon-thom', 'tho-chau']

export interface FibreNetwork {
  nodes: Node[]
  links: Link[]
  ducts: Group[]
}

/** Fibre along the roads: rings where the roads close, spurs where they end, two head-ends at the landings. */
export function layFibre(geo: Geo, count: number): FibreNetwork {
  const islets = geo.places.filter((place) => ISLET_PLACES.includes(place.id))
  const { points, stretches } = roadGraph(geo)
  subdivide(points, stretches, count - islets.length)
  const number = createNumbering('F', count > 400 ? 3 : 2)
  const nodeAt = (position: Position): Node => {
    const ward = geo.wardOf(position)
    const { id, ordinal } = number(ward)
    const wardName = geo.wards.find((w) => w.id === ward)?.name ?? 'Phú Quốc'
    return {
      kind: 'fibre',
      id,
      name: `Nút quang ${wardName} ${ordinal}`,
      name_en: `Fibre node ${wardName} ${ordinal}`,
      ward,
      position: rounded(position),
      transit: true,
      interval_s: 30,
      battery_autonomy_h: 8,
      role: 'odf',
      demonstration: true,
    }
  }
  const nodes = points.map(nodeAt)
  const spurs = bridges(points.length, stretches)
  const links = stretches.map((stretch, i) => linkOf(stretch, nodes, spurs, i))
  for (const islet of islets) {
    const ashore = nearest(nodes, islet.position, (node) => node.position)
    const node = nodeAt(islet.position)
    nodes.push(node)
    links.push(seaSpan(ashore, node, links.length))
  }
  giveRoles(geo, nodes, links)
  return { nodes, links, ducts: ductsOf(nodes, links) }
}

function seaSpan(a: Node, b: Node, index: number): Link {
  const km = Math.round(distanceKm(a.position, b.position) * 1.08 * 100) / 100
  return {
    id: `SP-${String(index + 1).padStart(3, '0')}`,
    name: `${a.name} – ${b.name}, cáp biển`,
    kind: 'span',
    a: a.id,
    b: b.id,
    length_km: km,
    optic_class: opticClassOf(km),
    // Beyond 80 km the cable is amplified: what counts is the last section.
    design_loss_db: designLossDb(Math.min(km, 60)),
    route: 'Cáp biển',
  }
}

/** Two landings are head-ends; junctions are OLTs; lonely nodes far from any are amplifiers; the rest are ODFs. */
function giveRoles(geo: Geo, nodes: Node[], links: readonly Link[]): void {
  const degree = new Map<string, number>()
  for (const { a, b } of links) for (const end of [a, b]) degree.set(end, (degree.get(end) ?? 0) + 1)
  const landings = ['tiep-bo-cap-110', 'tba-nam-phu-quoc'].map((id) => geo.places.find((place) => place.id === id))
  for (const landing of landings) {
    if (landing) nearest(nodes, landing.position, (node) => node.position).role = 'head-end'
  }
  for (const [i, node] of nodes.entries()) {
    if (node.role === 'head-end') continue
    if ((degree.get(node.id) ?? 0) >= 3) {
      node.role = 'olt'
      node.design_loss_db = 20 + (i % 5)
    } else if (i % 6 === 0) node.role = 'amplifier'
  }
}

const DUCTS = 8

/** Where three or more cables leave a node, two of them share the duct out of the building. */
function ductsOf(nodes: readonly Node[], links: readonly Link[]): Group[] {
  const ducts: Group[] = []
  for (const node of nodes) {
    const here = links.filter((link) => (link.a === node.id || link.b === node.id) && link.path)
    if (here.length < 3 || ducts.length >= DUCTS) continue
    const members = here.slice(0, 2).map((link) => link.id)
    ducts.push({ id: `DUCT-${String(ducts.length + 1).padStart(2, '0')}`, kind: 'duct', name: `Cống bể ${node.name}`, members })
  }
  return ducts
}
