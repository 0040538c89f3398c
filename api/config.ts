import * as z from 'zod'

const whole = (min: number, max: number, fallback: number, what: string) => {
  const accepted = `${what}: a whole number from ${min} to ${max}`
  return z.coerce.number(accepted).int(accepted).min(min, accepted).max(max, accepted).default(fallback)
}

const ORIGIN = /^https?:\/\/[^\s/?#]+$/

/** Environment variables of the api. Lists are comma-separated. */
export const apiConfig = z.object({
  PQ_HTTP_HOST: z.string().trim().min(1, 'an address to listen on, such as 127.0.0.1 or 0.0.0.0').default('127.0.0.1'),
  PQ_HTTP_PORT: whole(0, 65_535, 8080, 'a TCP port; 0 takes a free one'),
  PQ_HTTP_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim().replace(/\/$/, ''))
        .filter(Boolean),
    )
    .refine(
      (origins) => origins.every((origin) => ORIGIN.test(origin)),
      'origins such as https://noc.example.vn, separated by commas',
    ),
  PQ_HTTP_BODY_KIB: whole(1, 16_384, 256, 'the largest request body in KiB'),
  PQ_HTTP_IMPORT_MIB: whole(1, 1024, 64, 'the largest inventory file in MiB'),
  PQ_HTTP_MAX_POINTS: whole(100, 10_000_000, 200_000, 'the most points that one answer may hold'),
  PQ_HTTP_QUERIES: whole(1, 64, 4, 'history questions that run at once'),
  PQ_HTTP_QUERY_S: whole(1, 3600, 30, 'seconds that a history question may take'),
  PQ_FEED_VIEWERS: whole(1, 100_000, 2000, 'the most live viewers at once'),
  PQ_READY_LAG_S: whole(1, 86_400, 60, 'seconds that ingest may be behind before /ready says no'),
})
export type ApiConfig = z.infer<typeof apiConfig>
