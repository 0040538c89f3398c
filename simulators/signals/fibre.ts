import type { Catalogue } from '../../domain/catalogue.ts'
import { type Link, OPTIC_LIMITS_DBM, type OpticClass, type SiteOfKind } from '../../domain/inventory.ts'
import { encode, type Field, fieldsOf } from '../encode.ts'
import { bell, keyOf, unit, wave } from '../hash.ts'
import { CLOSE, dot, type Ink, press, stamp } from '../ink.ts'
import { dcVolts } from '../power.ts'
import { distanceKm, type Topology } from '../topology.ts'
import type { Ground, Now } from './now.ts'

interface PortModel {
  link: number
  /** A comma, the link's id and the opening brace. */
  head: Uint8Array
  key: number
  rxDbm: number
  txDbm: number
}

export interface FibreModel extends Ground {
  fields: Field[]
  portFields: Field[]
  ports: PortModel[]
  /** Its port towards the head-end; absent at a head-end, whose way to the mainland is not modelled. */
  uplink: PortModel | undefined
  uplinkRxDbm: number
  attenuationDb: number
  warmC: number
}

const SITE_METRICS = ['rx_power_dbm', 'attenuation_db', 'temp_c', 'mains', 'dc_voltage_v']
const LINK_METRICS = ['link_up', 'rx_power_dbm', 'tx_power_dbm', 'ber']

/** Usual launch power of an optic class. */
const TX_DBM: Readonly<Record<OpticClass, number>> = { 'B+': 3, 'C+': 5, LR: -1, ER: 2, ZR: 3 }
const FIBRE_LOSS_DB_PER_KM = 0.25
const CONNECTORS_DB = 1.2
/** What a receiver shows when no light comes. */
const NO_LIGHT_DBM = -40
/** Margin that the commissioning engineer left to either limit of the receiver. */
const MARGIN_DB = 3.5
const MAINLAND_RX_DBM = -9

export function createFibre(
  site: SiteOfKind<'fibre'>,
  ground: Ground,
  topology: Topology,
  catalogue: Catalogue,
): FibreModel {
  const { links, linksAt, uplink } = topology
  const spans = (linksAt[ground.index] ?? []).filter((link) => links[link]?.kind === 'span')
  const ports = spans.map((link) => createPort(links[link] as Link, link, ground, topology))
  return {
    ...ground,
    fields: fieldsOf(catalogue, 'fibre', 'site', SITE_METRICS),
    portFields: fieldsOf(catalogue, 'fibre', 'link', LINK_METRICS),
    ports,
    uplink: ports.find((port) => port.link === uplink[ground.index]),
    uplinkRxDbm: MAINLAND_RX_DBM,
    attenuationDb: (site.design_loss_db ?? 19) + 0.6 * unit(ground.key, 1),
    warmC: 39 + 6 * unit(ground.key, 2),
  }
}

function createPort(link: Link, index: number, ground: Ground, topology: Topology): PortModel {
  const optic = link.optic_class ?? 'ER'
  const [a, b] = [topology.sites[topology.endA[index] as number], topology.sites[topology.endB[index] as number]]
  const lengthKm = link.length_km ?? (a && b ? 1.25 * distanceKm(a.position, b.position) : 0)
  const lossDb = link.design_loss_db ?? FIBRE_LOSS_DB_PER_KM * lengthKm + CONNECTORS_DB
  const key = keyOf(link.id, ground.key)
  const txDbm = TX_DBM[optic] + 0.4 * bell(key, 1)
  const { min, max } = OPTIC_LIMITS_DBM[optic]
  const rxDbm = Math.min(max - MARGIN_DB, Math.max(min + MARGIN_DB, txDbm - lossDb - 0.5 * unit(key, 2)))
  return { link: index, head: stamp(`,"${link.id}":{`), key, rxDbm, txDbm }
}

const MINUTE_MS = 60_000
const values = new Float64Array(5)

/** Received light of a port: slow drift with the warmth of the day, some noise; nothing when dark. */
const received = (port: PortModel, t: number, dark: Uint8Array): number =>
  dark[port.link]
    ? NO_LIGHT_DBM
    : port.rxDbm + 0.25 * wave(port.key, t, 360 * MINUTE_MS) + 0.08 * wave(port.key + 1, t, 7 * MINUTE_MS)

const SITE = stamp('"m":{')
const LINKS = stamp('},"links":{')

/** Writes one reading of a node with all its ports: the inside of its JSON object. */
export function describeFibre(model: FibreModel, now: Now, ink: Ink): void {
  fillSite(model, now)
  press(ink, SITE)
  encode(ink, model.fields, values)
  if (model.ports.length > 0) writePorts(model, now, ink)
  dot(ink, CLOSE)
}

function writePorts(model: FibreModel, { t, world }: Now, ink: Ink): void {
  press(ink, LINKS)
  for (let i = 0; i < model.ports.length; i++) {
    const port = model.ports[i] as PortModel
    const dark = world.dark[port.link] === 1
    values[0] = dark ? 0 : 1
    values[1] = received(port, t, world.dark)
    values[2] = port.txDbm + 0.05 * wave(port.key + 2, t, 90 * MINUTE_MS)
    // Two digits of a post-correction ratio near 1e-13; without light there is nothing to count.
    values[3] = dark ? Number.NaN : Math.round(10 + 80 * unit(port.key + 3, Math.floor(t / (5 * MINUTE_MS)))) / 1e14
    press(ink, port.head, i === 0 ? 1 : 0)
    encode(ink, model.portFields, values)
    dot(ink, CLOSE)
  }
}

function fillSite(model: FibreModel, { t, moment, world, outage }: Now): void {
  const { key, uplink } = model
  const off = world.mainsOff[model.index] === 1
  const uncooled = off && outage ? Math.min(1, (t - outage.offMs) / 3_600_000) : 0
  const sky = moment.skies[model.zone] as { temperatureC: number }
  values[0] = uplink ? received(uplink, t, world.dark) : model.uplinkRxDbm + 0.3 * wave(key + 3, t, 300 * MINUTE_MS)
  values[1] = model.attenuationDb + 0.12 * wave(key + 4, t, 480 * MINUTE_MS)
  values[2] = model.warmC + 0.3 * (sky.temperatureC - 27) + 9 * uncooled + 0.8 * wave(key + 5, t, 20 * MINUTE_MS)
  values[3] = off ? 0 : 1
  values[4] = dcVolts(outage, t) + 0.1 * wave(key + 6, t, 40 * MINUTE_MS)
}
