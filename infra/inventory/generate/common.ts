import type { Position, Site } from '../../../domain/inventory.ts'
import type { Christened } from './ground.ts'
import { plain } from './localities.ts'

type Common = Pick<Site, 'id' | 'name' | 'name_en' | 'ward' | 'position' | 'transit' | 'interval_s' | 'demonstration'>

/** Seconds between reports when all is well. */
export const INTERVAL_S = { bts: 60, fibre: 30, sensor: 300, service: 60 } as const

/**
 * What a site is called in both languages: `Đèn đường Ông Lang 03`, and where the locality ends in a
 * number itself, `Đèn đường Khu phố 10 số 03`.
 */
export function nameAt(what: readonly [vi: string, en: string], { locality, number }: Christened): [string, string] {
  const [vi, en] = /\d$/.test(locality.name) ? [`số ${number}`, `no. ${number}`] : [number, number]
  return [`${what[0]} ${locality.name} ${vi}`, `${what[1]} ${locality.nameEn} ${en}`]
}

/** What every generated site says of itself. */
export const commonOf = (
  { id }: Pick<Christened, 'id'>,
  name: string,
  nameEn: string,
  spot: { position: Position; ward: string | null },
  kind: Site['kind'],
): Common => ({
  id,
  name,
  name_en: plain(nameEn),
  ward: spot.ward,
  position: spot.position,
  transit: kind === 'fibre',
  interval_s: INTERVAL_S[kind],
  demonstration: true,
})

export const oneDecimal = (value: number): number => Math.round(value * 10) / 10
export const twoDecimals = (value: number): number => Math.round(value * 100) / 100
