import * as z from 'zod'
import { problemSchema } from './schemas.ts'

type Documented = { description: string; content: Record<string, { schema: z.ZodType }> }

const documentOf = (description: string, types: Record<string, z.ZodType>): Documented => ({
  description,
  content: Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }])),
})

const PROBLEM = documentOf('What is wrong, and where (RFC 9457)', { 'application/problem+json': problemSchema })

/** The answers of a route, for the documentation: a schema is JSON, several types are named. */
export function answers(of: Record<number, [description: string, schema: z.ZodType | Record<string, z.ZodType>]>) {
  const response: Record<string, unknown> = { '4xx': PROBLEM, '5xx': PROBLEM }
  for (const [status, [description, schema]] of Object.entries(of)) {
    const types = schema instanceof z.ZodType ? { 'application/json': schema } : schema
    response[status] = documentOf(description, types as Record<string, z.ZodType>)
  }
  return response
}

/** A table in all its formats. */
export const tableTypes = (json: z.ZodType): Record<string, z.ZodType> => ({
  'application/json': json,
  'text/csv': z.string(),
  'application/x-ndjson': z.string(),
})
export const geoType = (schema: z.ZodType): Record<string, z.ZodType> => ({ 'application/geo+json': schema })
export const GEOJSON = 'application/geo+json; charset=utf-8'
export const NOTHING = z.undefined()
