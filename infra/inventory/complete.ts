import { positionSchema } from '../../domain/inventory.ts'
import { type Complete, completeUsual, isSiteKind } from '../../domain/inventory-file.ts'
import type { Geography } from '../geo/geography.ts'

/** Fills in the ward by the outlines, and what is usual for the kind. */
export const completeBy =
  (geography: Pick<Geography, 'wardOf'>): Complete =>
  (fields) => {
    const position = positionSchema.safeParse(fields['position'])
    if (!isSiteKind(fields['kind']) || fields['ward'] !== undefined || !position.success) return completeUsual(fields)
    return completeUsual({ ...fields, ward: geography.wardOf(position.data) })
  }
