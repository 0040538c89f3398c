import type { Inventory, Link, Site, SiteOfKind } from '../../domain/inventory.ts'
import type { Account } from '../../store/registry/port.ts'

export const sensorOf = (id: string, extra: Partial<SiteOfKind<'sensor'>> = {}): Site => ({
  id,
  kind: 'sensor',
  name: `Cảm biến ${id}`,
  ward: 'duong-dong',
  position: { lon: 103.96, lat: 10.22 },
  transit: false,
  interval_s: 300,
  measures: ['noise_dba'],
  ...extra,
})

export const fibreOf = (id: string): Site => ({
  id,
  kind: 'fibre',
  name: `Nút ${id}`,
  ward: null,
  position: { lon: 104, lat: 10.1 },
  transit: true,
  interval_s: 30,
})

export const spanOf = (id: string, a: string, b: string): Link => ({ id, kind: 'span', a, b, optic_class: 'LR' })

export const accountOf = (username: string, extra: Partial<Account> = {}): Account => ({
  username,
  role: 'device',
  salt: 'aa',
  secretHash: 'bb',
  readFilters: [],
  writeFilters: [],
  createdAt: 1_790_000_000_123,
  ...extra,
})

/** Three nodes in a row, a duct over both spans, a feeder of all, one below another. */
export const smallInventory = (): Inventory => ({
  sites: [fibreOf('f1'), fibreOf('f2'), fibreOf('f3'), sensorOf('s1')],
  links: [spanOf('l1', 'f1', 'f2'), spanOf('l2', 'f2', 'f3')],
  groups: [
    { id: 'duct', kind: 'duct', name: 'Cống bể', members: ['l2', 'l1'] },
    { id: 'feeder', kind: 'feeder', name: 'Lộ 471', members: ['f3', 'f1', 's1'], parent: 'substation' },
    { id: 'substation', kind: 'feeder', name: 'Trạm', members: [] },
  ],
})
