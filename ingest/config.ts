import * as z from 'zod'

const whole = (min: number, max: number, unit: string) => {
  const accepted = `a whole number of ${unit} from ${min} to ${max}`
  return z.coerce.number(accepted).int(accepted).min(min, accepted).max(max, accepted)
}

/** The environment variables of ingest. */
export const ingestConfig = z.object({
  PQ_COMMIT_INTERVAL_MS: whole(10, 10_000, 'milliseconds')
    .default(150)
    .describe('How often readings are written to the history.'),
  PQ_HISTORY_BATCH_ROWS: whole(100, 200_000, 'rows')
    .default(20_000)
    .describe('A batch this large is written at once; twice as many may wait.'),
  PQ_MAX_FUTURE_S: whole(0, 86_400, 'seconds')
    .default(300)
    .describe('How far a device clock may run ahead before its readings are refused.'),
  PQ_RAW_RETENTION_DAYS: whole(1, 3650, 'days')
    .default(7)
    .describe('How old a late reading may be; older ones are refused.'),
  PQ_LATEST_WINDOW_H: whole(1, 720, 'hours')
    .default(24)
    .describe('How far back current values are looked for at start.'),
  PQ_LIVE_INTERVAL_MS: whole(10, 10_000, 'milliseconds').default(50).describe('Shortest time between two live frames.'),
  PQ_REJECTED_PER_SECOND: whole(1, 1000, 'answers')
    .default(10)
    .describe('Most answers a second to one device about refused payloads; the rest are only counted.'),
})
export type IngestConfig = z.infer<typeof ingestConfig>
