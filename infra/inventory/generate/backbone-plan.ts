import type { Position, SiteOfKind } from '../../../domain/inventory.ts'

/** One node of the drawn network: on the road nearest to a place, or to a point. */
export interface PlannedNode {
  key: string
  at: string | Position
  role: NonNullable<SiteOfKind<'fibre'>['role']>
  /** Stays also in a city with fewer nodes: where routes meet. */
  core?: true
}

/** A chain of nodes; a ring comes back to its first. */
export interface PlannedRoute {
  code: string
  name: string
  nodes: readonly string[]
}

const node = (key: string, at: string | Position, role: PlannedNode['role']): PlannedNode => ({ key, at, role })
const core = (key: string, at: string | Position, role: PlannedNode['role']): PlannedNode => ({
  ...node(key, at, role),
  core: true,
})
const point = (lon: number, lat: number): Position => ({ lon, lat })

/** Sixty nodes. Landings in the east and the south-east, as plausible as they are assumed. */
export const NODES: readonly PlannedNode[] = [
  core('HN', 'ham-ninh', 'head-end'),
  core('VD', 'cang-vinh-dam', 'head-end'),
  core('DD', 'duong-dong', 'olt'),
  node('K5', 'kp-5-duong-dong', 'olt'),
  node('GG', 'ganh-gio', 'olt'),
  node('OL', 'ong-lang', 'olt'),
  node('BG', 'bung-goi', 'odf'),
  core('CC', 'cua-can', 'olt'),
  node('LB', 'le-bat', 'odf'),
  core('NTD', point(103.9043, 10.3387), 'olt'),
  core('RV0', point(103.92779, 10.33236), 'odf'),
  node('FR', point(103.955, 10.318), 'amplifier'),
  core('SC', 'suoi-cai', 'olt'),
  node('KT', 'khu-tuong', 'odf'),
  core('CD', 'cua-duong', 'olt'),
  node('K10', 'kp-10-duong-dong', 'olt'),
  node('GD0', point(103.8795, 10.3475), 'odf'),
  node('GD1', point(103.8648, 10.3627), 'odf'),
  core('GD', 'ganh-dau', 'olt'),
  node('VB', 'vung-bau', 'odf'),
  node('MT', 'nam-nghi', 'odf'),
  core('BDN', 'grand-world', 'olt'),
  node('BD', 'bai-dai-hamlet', 'olt'),
  node('CV', 'chuong-vich', 'odf'),
  node('RV', 'rach-vem', 'odf'),
  node('BT0', point(103.993, 10.35), 'amplifier'),
  core('BT', 'bai-thom', 'olt'),
  node('RT', 'rach-tram', 'odf'),
  node('XM', 'xom-moi', 'odf'),
  node('DC', 'da-chong', 'odf'),
  core('K11', 'kp-11-duong-dong', 'olt'),
  node('TBA', 'tba-phu-quoc', 'odf'),
  node('ST', 'suoi-tranh-ap', 'odf'),
  core('BV', 'bai-vong', 'olt'),
  node('SB', 'san-bay', 'olt'),
  core('DT', point(103.97497, 10.16699), 'olt'),
  core('CL', 'cua-lap', 'olt'),
  node('BK', 'ba-keo', 'olt'),
  node('BTM', 'ben-tram', 'odf'),
  node('CTT', 'cay-thong-trong', 'odf'),
  node('CTN', 'cay-thong-ngoai', 'odf'),
  node('RH', 'rach-ham', 'odf'),
  node('CS', 'cay-sao', 'amplifier'),
  node('BB', 'bai-bon', 'odf'),
  node('BTB', 'sonasea', 'olt'),
  node('DB', 'duong-bao', 'odf'),
  core('BTN', 'intercontinental', 'olt'),
  node('MH', 'meyhomes', 'odf'),
  node('DDO', 'dat-do', 'odf'),
  core('CDU', 'cay-dua', 'olt'),
  node('BS', 'bai-sao', 'odf'),
  node('GL', 'den-gia-long', 'odf'),
  node('HQ', 'chua-ho-quoc', 'amplifier'),
  node('K5A', 'kp-5-an-thoi', 'olt'),
  core('AT', 'an-thoi', 'olt'),
  node('CAT', 'cang-an-thoi', 'odf'),
  node('HH', 'sunset-town', 'olt'),
  node('NPQ', 'tba-nam-phu-quoc', 'odf'),
  node('SL', 'suoi-lon', 'odf'),
  node('SLB', point(104.006, 10.14), 'odf'),
]

/** Each has two ways round; the town, the east and the south-west join them to one network. */
export const RINGS: readonly PlannedRoute[] = [
  {
    code: 'N',
    name: 'Vòng bắc',
    nodes: ['DD', 'K5', 'GG', 'OL', 'BG', 'CC', 'LB', 'NTD', 'RV0', 'FR', 'SC', 'KT', 'CD', 'K10', 'DD'],
  },
  {
    code: 'C',
    name: 'Vòng trung tâm',
    nodes: ['DD', 'K11', 'TBA', 'ST', 'HN', 'BV', 'SB', 'DT', 'CL', 'BK', 'DD'],
  },
  {
    code: 'S',
    name: 'Vòng nam',
    nodes: ['DT', 'BTB', 'DB', 'BTN', 'MH', 'DDO', 'CDU', 'BS', 'GL', 'VD', 'HQ', 'BV', 'DT'],
  },
]

export const SPURS: readonly PlannedRoute[] = [
  { code: 'GD', name: 'Nhánh Gành Dầu', nodes: ['NTD', 'GD0', 'GD1', 'GD'] },
  { code: 'BD', name: 'Nhánh Cửa Cạn – Bãi Dài', nodes: ['CC', 'VB', 'MT', 'BDN', 'BD', 'CV'] },
  { code: 'RV', name: 'Nhánh Rạch Vẹm', nodes: ['RV0', 'RV'] },
  { code: 'BT', name: 'Nhánh Bãi Thơm', nodes: ['SC', 'BT0', 'BT', 'XM', 'DC'] },
  { code: 'RT', name: 'Nhánh Rạch Tràm', nodes: ['BT', 'RT'] },
  { code: 'CT', name: 'Nhánh Cây Thông', nodes: ['K11', 'BTM', 'CTT', 'CTN'] },
  { code: 'HN', name: 'Nhánh Hàm Ninh – Bãi Bổn', nodes: ['HN', 'RH', 'CS', 'BB'] },
  { code: 'AT', name: 'Nhánh An Thới', nodes: ['CDU', 'K5A', 'AT', 'CAT'] },
  { code: 'HH', name: 'Nhánh Hoàng Hôn', nodes: ['AT', 'HH'] },
  { code: 'SL', name: 'Nhánh Suối Lớn', nodes: ['CDU', 'NPQ', 'SL', 'SLB'] },
]

/** Spans, by route and number, that share a trench with others of their road. */
export const DUCTS: readonly { code: string; name: string; spans: readonly (readonly [from: string, to: string])[] }[] =
  [
    {
      code: 'HV',
      name: 'Cống bể Hùng Vương (Dương Đông)',
      spans: [
        ['DD', 'K5'],
        ['K10', 'DD'],
      ],
    },
    {
      code: 'SB',
      name: 'Cống bể đường sân bay – Bãi Vòng',
      spans: [
        ['BV', 'SB'],
        ['SB', 'DT'],
        ['BV', 'DT'],
      ],
    },
    {
      code: 'SC',
      name: 'Tuyến cột Suối Cái – Bãi Thơm',
      spans: [
        ['SC', 'BT0'],
        ['BT0', 'BT'],
      ],
    },
    {
      code: 'NTD',
      name: 'Tuyến cột ngã ba Gành Dầu',
      spans: [
        ['LB', 'NTD'],
        ['NTD', 'RV0'],
        ['NTD', 'GD0'],
      ],
    },
    {
      code: 'CDU',
      name: 'Cống bể ngã ba Cây Dừa',
      spans: [
        ['DDO', 'CDU'],
        ['CDU', 'BS'],
        ['CDU', 'K5A'],
      ],
    },
    {
      code: 'BV',
      name: 'Cống bể Hàm Ninh – Bãi Vòng',
      spans: [
        ['HN', 'BV'],
        ['HQ', 'BV'],
      ],
    },
  ]
