import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import { KnownError } from './known-error.ts'

/** What lies where in `PQ_DATA_DIR`. */
export interface DataFolder {
  dir: string
  journalDir: string
  sessionsDir: string
  registryFile: string
  historyFile: string
}

const MARKER = 'pq-data.json'
const SECRETS = 'stage-secrets.json'
const FORMAT = 1

const markerSchema = z.object({ product: z.literal('phu-quoc-telemetry'), format: z.int() })
const secretsSchema = z.object({ ingest: z.string().min(20), api: z.string().min(20), fleet: z.string().min(20) })
export type StageSecrets = z.infer<typeof secretsSchema>

export class DataFolderError extends KnownError {}

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

async function readJson<T extends z.ZodType>(file: string, schema: T): Promise<z.infer<T> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if (missing(error)) return undefined
    throw new DataFolderError(
      `${file} is damaged (${(error as Error).message.split('\n')[0]}): restore it from a backup, or set PQ_DATA_DIR to another folder`,
    )
  }
}

/**
 * Complete or absent, never half; who comes second leaves the first one's file as it is. Processes that
 * start at once on a new folder must end up with the same content: read it afterwards.
 */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, text, { mode, flush: true })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
}

/**
 * Opens the data folder; with `create`, makes a new one where there is nothing yet.
 * @throws DataFolderError for a folder that is not ours, is of a newer format, damaged, or absent:
 *   it is left as it was.
 */
export async function openDataFolder(path: string, { create }: { create: boolean }): Promise<DataFolder> {
  const dir = resolve(path)
  const marker = join(dir, MARKER)
  const known = await readJson(marker, markerSchema)
  if (known && known.format > FORMAT) {
    throw new DataFolderError(
      `${dir} was written by a newer release (format ${known.format}, this one knows ${FORMAT}): upgrade, or set PQ_DATA_DIR to another folder`,
    )
  }
  if (!known) await claim(dir, marker, create)
  return {
    dir,
    journalDir: join(dir, 'journal'),
    sessionsDir: join(dir, 'sessions'),
    registryFile: join(dir, 'registry.sqlite'),
    historyFile: join(dir, 'history.duckdb'),
  }
}

/** One level where the parent is there: making all levels never ends in a file system that takes none. */
async function makeFolder(dir: string): Promise<void> {
  const parent = await stat(dirname(dir)).catch(() => undefined)
  await mkdir(dir, { recursive: !parent, mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

async function claim(dir: string, marker: string, create: boolean): Promise<void> {
  const content = await readdir(dir).catch((error: unknown) => {
    if (missing(error)) return []
    throw new DataFolderError(`${dir} can't be read: ${(error as Error).message}`)
  })
  if (content.length > 0) {
    throw new DataFolderError(
      `${dir} holds other files and no ${MARKER}: it is not a data folder of this platform and stays untouched; set PQ_DATA_DIR to an empty or new folder`,
    )
  }
  if (!create)
    throw new DataFolderError(
      `${dir} holds no data yet: run \`npm start\` once, or set PQ_DATA_DIR to the folder in use`,
    )
  try {
    await makeFolder(dir)
    await writeWhole(marker, `${JSON.stringify({ product: 'phu-quoc-telemetry', format: FORMAT })}\n`, 0o640)
  } catch (error) {
    throw new DataFolderError(
      `${dir} can't be written: ${(error as Error).message}; set PQ_DATA_DIR to a folder that can`,
    )
  }
}

/** The stages' own passwords to the broker, made at first use, readable by the owner alone. */
export async function stageSecrets(folder: DataFolder): Promise<StageSecrets> {
  const file = join(folder.dir, SECRETS)
  const known = await readJson(file, secretsSchema)
  if (known) return known
  const secret = () => randomBytes(24).toString('base64url')
  await writeWhole(file, `${JSON.stringify({ ingest: secret(), api: secret(), fleet: secret() })}\n`, 0o600)
  return (await readJson(file, secretsSchema)) as StageSecrets
}
