import type { Group, Link, Position, SiteOfKind } from '../../../domain/inventory.ts'
import { distanceKm, lengthKm, rounded } from '../../geo/distance.ts'
import { DUCTS, NODES, type PlannedNode, RINGS, SPURS } from './backbone-plan.ts'
import { commonOf, nameAt, oneDecimal, twoDecimals } from './common.ts'
import { type Ground, settle } from './ground.ts'
import { createNearby } from './nearby.ts'
import { createRandom, type Random } from './random.ts'
import type { RoadPoint } from './road-graph.ts'

export type FibreSite = SiteOfKind<'fibre'>

export interface Backbone {
  nodes: FibreSite[]
  spans: Link[]
  ducts: Group[]
}

interface Node {
  site: FibreSite
  road: RoadPoint | undefined
}

const ROLE_NAMES = {
  'head-end': ['Đầu cuối cáp', 'Cable head-end'],
  olt: ['OLT', 'OLT'],
  odf: ['ODF', 'ODF'],
  amplifier: ['Khuếch đại', 'Amplifier'],
} as const

/** The drawn network, thinned to `count` nodes or grown beyond it. */
export function buildBackbone(ground: Ground, count: number): Backbone {
  const random = ground.random('backbone')
  const planned = thinned(NODES, count)
  const nodes = new Map(planned.map((plan) => [plan.key, plannedNode(ground, plan, random)]))
  const spans = [...RINGS, ...SPURS].flatMap(({ code, name, nodes: keys }) => {
    const kept = keys.filter((key) => nodes.has(key))
    return kept.slice(1).map((key, i) => {
      const from = nodes.get(kept[i] as string) as Node
      return spanBetween(ground, from, nodes.get(key) as Node, {
        id: `L-${code}-${String(i + 1).padStart(2, '0')}`,
        route: name,
        detour: Number.POSITIVE_INFINITY,
      })
    })
  })
  const backbone = { nodes: [...nodes.values()].map(({ site }) => site), spans, ducts: ductsOf(nodes, spans) }
  return grown(ground, backbone, [...nodes.values()], count, random)
}

/** Drops nodes that routes only pass through, always the same ones first. */
function thinned(nodes: readonly PlannedNode[], count: number): readonly PlannedNode[] {
  const surplus = nodes.length - count
  if (surplus <= 0) return nodes
  const luck = (key: string) => createRandom(`thin ${key}`).next()
  const droppable = nodes.filter((node) => !node.core).sort((a, b) => luck(a.key) - luck(b.key))
  const dropped = new Set(droppable.slice(0, surplus).map(({ key }) => key))
  return nodes.filter(({ key }) => !dropped.has(key))
}

function plannedNode(ground: Ground, { key, at, role }: PlannedNode, random: Random): Node {
  const wish = typeof at === 'string' ? ground.place(at).position : at
  const road = ground.roads.snap(wish, 3)
  if (!road) throw new Error(`node ${key} is far from every road`)
  return createNode(ground, road.position, road, role, random)
}

function createNode(
  ground: Ground,
  position: Position,
  road: RoadPoint | undefined,
  role: PlannedNode['role'],
  random: Random,
): Node {
  const ward = ground.wardOf(position)
  const christened = ground.christen('F', position, ward)
  return {
    road,
    site: {
      kind: 'fibre',
      ...commonOf(christened, ...nameAt(ROLE_NAMES[role], christened), { position, ward }, 'fibre'),
      battery_autonomy_h: role === 'head-end' ? 8 : oneDecimal(random.between(6, 8)),
      role,
      ...(role === 'amplifier' ? {} : { design_loss_db: oneDecimal(random.between(16, 22)) }),
    },
  }
}

/** Slack in the chambers, and real roads wind more than drawn ones. */
const CABLE_PER_ROAD = 1.15
const LOSS_DB_PER_KM = 0.25
const CONNECTORS_DB = 1.2
/** A splitter of 32 stands behind a passive node at the end of a spur. */
const SPLITTER_DB = 17.5
/** Reach in km of the optics of a span, with a margin of some dB. */
const REACH_KM = { LR: 10, ER: 32 } as const
/** A way by road that is this much longer than the beeline is not taken by the cable. */
const DETOUR = 2.5

interface SpanWish {
  id: string
  route: string
  detour?: number
}

function spanBetween(ground: Ground, from: Node, to: Node, { id, route, detour = DETOUR }: SpanWish): Link {
  const beeline = distanceKm(from.site.position, to.site.position)
  const way = from.road && to.road && ground.roads.way(from.road, to.road)
  const path = way && way.km <= detour * beeline ? way.path.map(rounded) : undefined
  const cableKm = twoDecimals(CABLE_PER_ROAD * (path ? lengthKm(path) : beeline))
  return {
    id,
    name: `${from.site.name} – ${to.site.name}`,
    kind: 'span',
    a: from.site.id,
    b: to.site.id,
    ...(path ? { path } : {}),
    length_km: cableKm,
    optic_class: cableKm <= REACH_KM.LR ? 'LR' : cableKm <= REACH_KM.ER ? 'ER' : 'ZR',
    design_loss_db: oneDecimal(LOSS_DB_PER_KM * cableKm + CONNECTORS_DB),
    route,
  }
}

/** Access spans of passive nodes are GPON: one budget for the split and the way. */
const asAccess = (span: Link): Link => {
  const design_loss_db = oneDecimal((span.design_loss_db ?? 0) + SPLITTER_DB)
  return { ...span, optic_class: design_loss_db <= 24 ? 'B+' : 'C+', design_loss_db }
}

function ductsOf(nodes: ReadonlyMap<string, Node>, spans: readonly Link[]): Group[] {
  return DUCTS.flatMap(({ code, name, spans: wanted }) => {
    const members = wanted.flatMap(([from, to]) => {
      const ends = [nodes.get(from)?.site.id, nodes.get(to)?.site.id]
      return spans.filter((span) => ends.includes(span.a) && ends.includes(span.b)).map(({ id }) => id)
    })
    return members.length > 1 ? [{ id: `G-${code}`, kind: 'duct' as const, name, members: [...new Set(members)] }] : []
  })
}

/** Every so many added nodes, one gets a second way into the network. */
const SECOND_WAY_EVERY = 4
/** Spans that leave one node for its street share a trench when they are this many. */
const SHARED_FROM = 3
const NEAR_ROAD_KM = 0.4
/** Added nodes stay on the main island: no cable is laid through the sea. */
const REACH_OF_STREETS_KM = 3

/** Adds nodes where people are, each joined to the nearest that is there already. */
function grown(ground: Ground, backbone: Backbone, drawn: readonly Node[], count: number, random: Random): Backbone {
  if (count <= drawn.length) return backbone
  const draw = ground.people.sampler(random, 0.8)
  const nearby = createNearby<Node>(({ site }) => site.position, 0.5, drawn)
  const isFree = (point: Position) =>
    nearby.nearest(point, 0.05) === undefined && nearby.nearest(point, REACH_OF_STREETS_KM) !== undefined
  const added: Link[] = []
  for (let i = drawn.length; i < count; i++) {
    const { position } = settle(ground, () => onRoad(ground, draw()), isFree, 500)
    const road = ground.roads.snap(position, 0.01)
    const node = createNode(ground, position, road, i % 3 === 0 ? 'olt' : 'odf', random)
    const parent = nearby.nearest(position, 200) as Node
    const wish = { id: `L-${node.site.id}`, route: `Nhánh ${parent.site.name}` }
    const span = spanBetween(ground, parent, node, wish)
    added.push(node.site.role === 'odf' ? asAccess(span) : span)
    if (i % SECOND_WAY_EVERY === 0)
      added.push(
        ...secondWay(
          ground,
          nearby.nearest(position, 5, (n) => n !== parent),
          node,
        ),
      )
    backbone.nodes.push(node.site)
    nearby.add(node)
  }
  return { ...backbone, spans: [...backbone.spans, ...added], ducts: [...backbone.ducts, ...streetDucts(added)] }
}

function secondWay(ground: Ground, other: Node | undefined, node: Node): Link[] {
  const wish = { id: `L-${node.site.id}-2`, route: `Mạch dự phòng ${node.site.name}` }
  return other ? [spanBetween(ground, other, node, wish)] : []
}

function streetDucts(spans: readonly Link[]): Group[] {
  const byStart = new Map<string, Link[]>()
  for (const span of spans) byStart.set(span.a, [...(byStart.get(span.a) ?? []), span])
  return [...byStart].flatMap(([start, shared]) =>
    shared.length < SHARED_FROM
      ? []
      : [{ id: `G-${start}`, kind: 'duct' as const, name: `Cống bể ${start}`, members: shared.map(({ id }) => id) }],
  )
}

const onRoad = (ground: Ground, point: Position): Position => ground.roads.snap(point, NEAR_ROAD_KM)?.position ?? point
