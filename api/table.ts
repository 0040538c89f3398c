import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

/** Tables: the same rows as JSON, CSV (RFC 4180) or NDJSON, as the client prefers. */
export type TableFormat = 'json' | 'csv' | 'ndjson'

const TYPES: Readonly<Record<TableFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
}
const OFFERED: readonly (readonly [type: string, format: TableFormat])[] = [
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['text/csv', 'csv'],
  ['text/*', 'csv'],
  ['application/x-ndjson', 'ndjson'],
]

/**
 * The format that `?format` or else the `Accept` header asks for.
 * @throws Problem 406 when none of the accepted types is offered.
 */
export function tableFormat(request: FastifyRequest, wanted: TableFormat | undefined): TableFormat {
  if (wanted) return wanted
  const accept = request.headers.accept
  if (accept === undefined || accept.trim() === '') return 'json'
  let best: { format: TableFormat; q: number } | undefined
  for (const part of accept.slice(0, 500).split(',')) {
    const [type, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const format = OFFERED.find(([offered]) => offered === type)?.[1]
    const q = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1)
    if (format && q > 0 && (!best || q > best.q)) best = { format, q }
  }
  if (best) return best.format
  throw new Problem('not-acceptable', {
    vi: `Không có định dạng "${accept}"; hãy dùng application/json, text/csv hoặc application/x-ndjson.`,
    en: `There is no "${accept}" here; ask for application/json, text/csv or application/x-ndjson.`,
  })
}

export type Cell = string | number | boolean | null | undefined
export interface Table {
  columns: readonly string[]
  rows: Iterable<readonly Cell[]>
}

/** Text that a spreadsheet would run as a formula is marked as text (OWASP, CSV injection). */
function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`

function jsonLine(columns: readonly string[], cells: readonly Cell[]): string {
  const row: Record<string, Cell> = {}
  for (const [at, name] of columns.entries()) row[name] = cells[at] ?? null
  return `${JSON.stringify(row)}\n`
}

const ROWS_PER_CHUNK = 500

function* chunksOf({ columns, rows }: Table, format: Exclude<TableFormat, 'json'>): Generator<string> {
  let text = format === 'csv' ? csvLine(columns) : ''
  let held = 0
  for (const row of rows) {
    text += format === 'csv' ? csvLine(row) : jsonLine(columns, row)
    held += 1
    if (held < ROWS_PER_CHUNK) continue
    yield text
    text = ''
    held = 0
  }
  if (text !== '') yield text
}

/** Streams a table; `name` is what a browser saves it as. */
export function sendTable(reply: FastifyReply, format: Exclude<TableFormat, 'json'>, name: string, table: Table) {
  return reply
    .header('content-disposition', `attachment; filename="${name.replace(/[^A-Za-z0-9._-]/g, '_')}.${format}"`)
    .type(TYPES[format])
    .send(Readable.from(chunksOf(table, format)))
}
