import { positionSchema } from '../../domain/inventory.ts'
import { type Complete, completeUsual, isSiteKind } from '../../domain/inventory-rows.ts'
import type { Geography } from '../geo/geography.ts'

/** Fills in the ward by the outlines, and what is usual for the kind. */
export const completeBy =
  (geography: Pick<Geography, 'wardOf'>): Complete =>
  (fields) => {
    if (!isSiteKind(fields['kind']) || fields['ward'] !== undefined) return completeUsual(fields)
    const position = positionSchema.safeParse(fields['position'])
    // A bad position is named as such; an open ward would be named beside it.
    return completeUsual({ ...fields, ward: position.success ? geography.wardOf(position.data) : null })
  }
