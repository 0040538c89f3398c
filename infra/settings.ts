import * as z from 'zod'
import { apiConfig } from '../api/config.ts'
import { brokerConfig } from '../broker/config.ts'
import { ingestConfig } from '../ingest/config.ts'
import { KnownError } from './known-error.ts'

/** What concerns the installation as a whole; each stage adds its own in its `config.ts`. */
const platformConfig = z.object({
  PQ_DATA_DIR: z.string().default('./data'),
  PQ_INVENTORY: z.string().default('demo'),
  PQ_SIMULATE: z.enum(['on', 'off'], 'on or off').default('on'),
  PQ_TIME_SCALE: z.coerce
    .number('a number from 1 to 600')
    .min(1, 'a number from 1 to 600')
    .max(600, 'a number from 1 to 600')
    .default(1),
  PQ_SEED: z.coerce.number('a whole number').int('a whole number').default(1),
  PQ_MQTT_URL: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: 'an address such as mqtt://broker.example:1883' })
    .optional(),
  PQ_JOURNAL_LIMIT_MB: z.coerce.number('megabytes, at least 64').min(64, 'megabytes, at least 64').default(4096),
  PQ_DUCKDB_MEMORY_MB: z.coerce.number('megabytes, at least 128').min(128, 'megabytes, at least 128').default(2048),
  /** Named in the contract for a history server; refused rather than ignored until there is one. */
  PQ_HISTORY_URL: z.undefined('this release keeps its history embedded: leave it empty').optional(),
  PQ_HISTORY_TOKEN: z.undefined('this release keeps its history embedded: leave it empty').optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'a PostgreSQL address: postgres://user:password@host:5432/name' })
    .optional(),
  PQ_LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
})

const SCHEMAS = { platform: platformConfig, broker: brokerConfig, ingest: ingestConfig, api: apiConfig }

export interface Settings {
  platform: z.infer<typeof platformConfig>
  broker: z.infer<typeof brokerConfig>
  ingest: z.infer<typeof ingestConfig>
  api: z.infer<typeof apiConfig>
}

/** Every variable there is. */
export const SETTING_NAMES: readonly string[] = Object.values(SCHEMAS).flatMap((schema) => Object.keys(schema.shape))

export class SettingsError extends KnownError {}

/** An address may carry a password, and a log is read by many. */
const shown = (name: string, value = ''): string => (/URL|TOKEN|KEY/.test(name) ? '' : `=${JSON.stringify(value)}`)

/** A variable that only looks like one of ours is a typing error that would go unnoticed for years. */
function unknownSettings(env: Record<string, string>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('PQ_') && !SETTING_NAMES.includes(name))
    .map((name) => `${name} is not a setting; the README lists them all`)
}

/**
 * Reads the environment once. An empty variable counts as absent.
 * @throws SettingsError with a line per wrong variable: its name, its value, what it accepts.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const env = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  ) as Record<string, string>
  const problems = unknownSettings(env)
  const parse = <T extends z.ZodType>(schema: T): z.infer<T> | undefined => {
    const result = schema.safeParse(env)
    if (result.success) return result.data
    for (const issue of result.error.issues) {
      const name = String(issue.path[0])
      problems.push(`${name}${shown(name, env[name])} is not accepted: ${issue.message}`)
    }
    return undefined
  }
  const platform = parse(platformConfig)
  const broker = parse(brokerConfig)
  const ingest = parse(ingestConfig)
  const api = parse(apiConfig)
  if (!platform || !broker || !ingest || !api || problems.length > 0) throw new SettingsError(problems.join('\n'))
  return { platform, broker, ingest, api }
}
