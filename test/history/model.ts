import { bucketStart, bucketStarts, type Series, type SeriesQuestion } from '../../domain/history.ts'
import type { Reading, Value } from '../../domain/reading.ts'
import type { LatestValue, RawRow } from '../../store/history/port.ts'

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What a history should answer, by the plainest means. */
export class Model {
  readonly rows = new Map<string, RawRow & { kind: string }>()

  write(readings: readonly Reading[]): void {
    for (const { kind, siteId, part, ts, values } of readings) {
      const id = `${kind}/${siteId}/${part}/${ts}`
      const row = this.rows.get(id) ?? { kind, siteId, part, ts, values: {} }
      row.values = { ...row.values, ...values }
      this.rows.set(id, row)
    }
  }

  forget(beforeMs: number): void {
    for (const [id, { ts }] of this.rows) if (ts < beforeMs) this.rows.delete(id)
  }

  export(kind: string, fromMs: number, toMs: number, siteIds?: string[]): RawRow[] {
    return [...this.rows.values()]
      .filter((row) => row.kind === kind && row.ts >= fromMs && row.ts < toMs)
      .filter((row) => !siteIds || siteIds.includes(row.siteId))
      .sort((a, b) => compare(a.siteId, b.siteId) || compare(a.part, b.part) || a.ts - b.ts)
      .map(({ siteId, part, ts, values }) => ({ siteId, part, ts, values }))
  }

  latest(atMs: number, windowMs: number): LatestValue[] {
    const newest = new Map<string, LatestValue>()
    for (const { siteId, part, ts, values } of this.rows.values()) {
      if (ts > atMs || ts < atMs - windowMs) continue
      for (const [metric, value] of Object.entries(values)) {
        const id = `${siteId}/${part}/${metric}`
        if ((newest.get(id)?.ts ?? -1) < ts) newest.set(id, { siteId, part, metric, value, ts })
      }
    }
    return sortLatest([...newest.values()])
  }

  series({ siteId, part, metric, fromMs, toMs, bucket }: SeriesQuestion): Series {
    const found = [...this.rows.values()]
      .filter((row) => row.siteId === siteId && row.part === part && row.ts >= fromMs && row.ts < toMs)
      .filter((row) => row.values[metric] !== undefined)
      .sort((a, b) => a.ts - b.ts)
      .map((row) => ({ ts: row.ts, value: Number(row.values[metric] as Value) }))
    if (bucket.kind === 'raw') {
      const values = found.map(({ value }) => value)
      return { t: found.map(({ ts }) => ts), mean: values, min: values, max: values, count: values.map(() => 1) }
    }
    const t = fromMs < toMs ? bucketStarts(bucket, fromMs, toMs) : []
    const inBucket = t.map((start) =>
      found.filter(({ ts }) => bucketStart(bucket, ts) === start).map(({ value }) => value),
    )
    const orNull = (of: (values: number[]) => number) => inBucket.map((values) => (values.length ? of(values) : null))
    return {
      t,
      mean: orNull((values) => values.reduce((a, b) => a + b, 0) / values.length),
      min: orNull((values) => Math.min(...values)),
      max: orNull((values) => Math.max(...values)),
      count: inBucket.map((values) => values.length),
    }
  }
}

export const sortLatest = (values: LatestValue[]): LatestValue[] =>
  values.sort((a, b) => compare(a.siteId, b.siteId) || compare(a.part, b.part) || compare(a.metric, b.metric))
