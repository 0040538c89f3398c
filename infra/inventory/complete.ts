import { positionSchema } from '../../domain/inventory.ts'
import type { Complete } from '../../domain/inventory-file.ts'
import type { Geography } from '../geo/geography.ts'

/** Reporting interval and transit where a row does not say: what is usual for its kind. */
const USUAL: Readonly<Record<string, { interval_s: number; transit: boolean }>> = {
  bts: { interval_s: 60, transit: false },
  fibre: { interval_s: 30, transit: true },
  sensor: { interval_s: 300, transit: false },
  service: { interval_s: 60, transit: false },
}

/** Fills in the ward by the outlines, and what is usual for the kind. */
export const completeBy =
  (geography: Pick<Geography, 'wardOf'>): Complete =>
  (fields) => {
    const usual = USUAL[String(fields['kind'])]
    if (!usual) return fields
    const position = positionSchema.safeParse(fields['position'])
    const ward = fields['ward'] === undefined && position.success ? { ward: geography.wardOf(position.data) } : {}
    return { ...usual, ...ward, ...fields }
  }
