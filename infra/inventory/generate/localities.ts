import type { Position } from '../../../domain/inventory.ts'
import type { Layers, Place } from '../../geo/layers.ts'
import { createNearby } from './nearby.ts'

/** A place that sites are called after, and its letters in their ids. */
export interface Locality {
  code: string
  name: string
  nameEn: string
  ward: string
  position: Position
}

/** Letters by place id; unique. Where the layer's name is long, the everyday one. */
const CODES: Readonly<Record<string, [code: string, name?: string]>> = {
  'duong-dong': ['DD'],
  'kp-1-duong-dong': ['K1', 'Khu phố 1'],
  'kp-5-duong-dong': ['K5', 'Khu phố 5'],
  'kp-10-duong-dong': ['K10', 'Khu phố 10'],
  'kp-11-duong-dong': ['K11', 'Khu phố 11'],
  'ba-keo': ['BK', 'Bà Kèo'],
  'cho-duong-dong': ['CH', 'Chợ Dương Đông'],
  'an-thoi': ['AT'],
  'cho-an-thoi': ['CAT', 'Chợ An Thới'],
  'kp-5-an-thoi': ['K5A', 'Khu phố 5 An Thới'],
  'sunset-town': ['HH', 'Hoàng Hôn'],
  'cay-dua': ['CDU', 'Cây Dừa'],
  'dat-do': ['DDO', 'Đất Đỏ'],
  'bai-sao': ['BS', 'Bãi Sao'],
  'bai-khem': ['BKH', 'Bãi Khem'],
  'hon-thom': ['HT', 'Hòn Thơm'],
  'hon-thom-bai-nam': ['HTN', 'Hòn Thơm Bãi Nam'],
  'hon-roi': ['HR', 'Hòn Rỏi'],
  'bai-thom': ['BT'],
  'xom-moi': ['XM'],
  'da-chong': ['DC'],
  'rach-tram': ['RT'],
  'cua-can': ['CC'],
  'le-bat': ['LB'],
  'ap-3-cua-can': ['C3', 'Ấp 3 Cửa Cạn'],
  'vung-bau': ['VB', 'Vũng Bầu'],
  'nam-nghi': ['MT', 'Móng Tay'],
  'cua-duong': ['CD', 'Cửa Dương'],
  'ben-tram': ['BTM'],
  'cay-thong-trong': ['CTT'],
  'cay-thong-ngoai': ['CTN'],
  'ong-lang': ['OL'],
  'ganh-gio': ['GG'],
  'khu-tuong': ['KT'],
  'bung-goi': ['BG'],
  'suoi-cai': ['SC', 'Suối Cái'],
  'suoi-da-ban': ['SDB', 'Suối Đá Bàn'],
  'duong-to': ['DT'],
  'san-bay': ['SB', 'Sân bay'],
  'cua-lap': ['CL'],
  'suoi-may': ['SM'],
  'suoi-da': ['SD'],
  'duong-bao': ['DB'],
  'suoi-lon': ['SL'],
  sonasea: ['BTB', 'Bãi Trường Bắc'],
  intercontinental: ['BTN', 'Bãi Trường Nam'],
  'cang-vinh-dam': ['VD', 'Vịnh Đầm'],
  'ganh-dau': ['GD'],
  'chuong-vich': ['CV'],
  'rach-vem': ['RV'],
  'bai-dai-hamlet': ['BD', 'Bãi Dài'],
  'grand-world': ['BDN', 'Bãi Dài Nam'],
  safari: ['NTD', 'Ngã ba Gành Dầu'],
  'ham-ninh': ['HN'],
  'rach-ham': ['RH'],
  'bai-vong': ['BV'],
  'suoi-tranh-ap': ['ST', 'Suối Tranh'],
  'cay-sao': ['CS'],
  'bai-bon': ['BB'],
  'tho-chau': ['TC', 'Thổ Châu'],
  'bai-dong': ['BDO'],
}

const HERE_KM = 0.35

/** Without marks, as names are written in English. */
export const plain = (name: string): string =>
  name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D')

const inEnglish = (name: string): string =>
  plain(name)
    .replace(/^Khu pho /, 'Quarter ')
    .replace(/^Ap /, 'Hamlet ')

export interface Localities {
  all: readonly Locality[]
  byPlace(placeId: string): Locality
  /** The one right here; else the nearest of the same ward within 6 km; else the nearest. */
  of(point: Position, ward: string | null): Locality
}

export function createLocalities(places: Layers['places']): Localities {
  const known = new Map<string, Locality>()
  for (const { properties, geometry } of places.features) {
    const coded = CODES[properties.id]
    if (coded) known.set(properties.id, localityOf(properties, geometry.coordinates, coded))
  }
  const all = [...known.values()]
  const nearby = createNearby<Locality>((locality) => locality.position, 3, all)
  return {
    all,
    byPlace(placeId) {
      const found = known.get(placeId)
      if (!found) throw new Error(`no locality at ${placeId}`)
      return found
    },
    of: (point, ward) =>
      nearby.nearest(point, HERE_KM) ??
      nearby.nearest(point, 6, (locality) => locality.ward === ward) ??
      nearby.nearest(point, 200) ??
      (all[0] as Locality),
  }
}

function localityOf(place: Place, [lon, lat]: [number, number], [code, name]: [string, string?]): Locality {
  const said = name ?? place.name
  return { code, name: said, nameEn: inEnglish(said), ward: place.ward, position: { lon, lat } }
}
