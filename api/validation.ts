import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import { en, vi } from 'zod/locales'
import { type $ZodErrorMap, type $ZodIssue, type $ZodRawIssue, type $ZodType, safeParse } from 'zod/v4/core'
import type { Bilingual } from '../domain/words.ts'
import type { Language } from './language.ts'
import { type FieldFault, Problem } from './problem.ts'

const SEPARATOR = '\u001f'

/** A schema's own message in both languages, as one string. */
export const both = (vietnamese: string, english: string): string => `${vietnamese}${SEPARATOR}${english}`

/** Vietnamese for the few messages that the shared schemas carry themselves. */
const SHARED: Readonly<Record<string, string>> = {
  'letters, digits, "-", "_" and ".", at most 64': 'chỉ gồm chữ, số, "-", "_" và ".", tối đa 64 ký tự',
  'a 3GPP band such as B3 or n78': 'một băng tần 3GPP như B3 hoặc n78',
}

const LOCALES: Readonly<Record<Language, $ZodErrorMap>> = { vi: vi().localeError, en: en().localeError }

const wordsOf = (language: Language): $ZodErrorMap => {
  const locale = LOCALES[language]
  const required = language === 'vi' ? 'bắt buộc phải có' : 'is required'
  return (issue: $ZodRawIssue) =>
    issue.code === 'invalid_type' && issue.input === undefined ? required : locale(issue)
}
const WORDS: Readonly<Record<Language, $ZodErrorMap>> = { vi: wordsOf('vi'), en: wordsOf('en') }

function inLanguage(message: string, language: Language): string {
  const [vietnamese, english] = message.split(SEPARATOR)
  if (english !== undefined) return language === 'vi' ? (vietnamese as string) : english
  return language === 'vi' ? (SHARED[message] ?? message) : message
}

/** `sectors[0].azimuth_deg`. */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? String(key) : `.${String(key)}`)).join('')

/** The narrowest reading of a union's failure: the branch that complained least. */
function unfold(issue: $ZodIssue): $ZodIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ ...issue, keys: [key], path: [...issue.path, key] }))
  }
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const nearest = issue.errors.reduce((best, branch) => (branch.length < best.length ? branch : best))
  return nearest.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] }))
}

const problemsIn = (schema: $ZodType, data: unknown, language: Language) =>
  (safeParse(schema, data, { error: WORDS[language], reportInput: true }).error?.issues ?? [])
    .flatMap(unfold)
    .slice(0, 50)
    .map((issue) => ({ path: issue.path, message: inLanguage(issue.message, language) }))

/** Names what is wrong with data that a schema refused, in both languages. At most 50 faults. */
export function faultsOf(schema: $ZodType, data: unknown): { path: readonly PropertyKey[]; message: Bilingual }[] {
  const english = problemsIn(schema, data, 'en')
  return problemsIn(schema, data, 'vi').map(({ path, message }, at) => ({
    path,
    message: { vi: message, en: english[at]?.message ?? message },
  }))
}

/** What a schema refused, kept until the request's language is known. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput'
  /** Set by Fastify: which part of the request. */
  validationContext?: string
  readonly schema: $ZodType
  readonly data: unknown

  constructor(schema: $ZodType, data: unknown) {
    super('input refused by its schema')
    this.schema = schema
    this.data = data
  }
}

const WHERE: Readonly<Record<string, Bilingual>> = {
  querystring: { vi: 'tham số truy vấn', en: 'query' },
  params: { vi: 'đường dẫn', en: 'path' },
  body: { vi: 'nội dung', en: 'body' },
  headers: { vi: 'tiêu đề', en: 'headers' },
}

/** A refused request as a problem that names each field. */
export function problemOfInput(error: InvalidInput): Problem {
  const context = error.validationContext ?? 'body'
  // A query parameter is named as it was typed, not by the position of the bad part of its list.
  const pathOf = (path: readonly PropertyKey[]) => formatPath(context === 'body' ? path : path.slice(0, 1))
  const faults: FieldFault[] = faultsOf(error.schema, error.data).map(({ path, message }) => ({
    path: pathOf(path),
    message,
  }))
  const where = WHERE[context] ?? { vi: context, en: context }
  const say = (language: Language) =>
    `${where[language]}: ${faults.map((fault) => [fault.path, fault.message[language]].filter(Boolean).join(' – ')).join('; ')}`
  return new Problem('invalid-input', { vi: say('vi'), en: say('en') }, faults)
}

/** Parses each request part by its zod schema. */
export const validatorCompiler: FastifySchemaCompiler<$ZodType> =
  ({ schema }) =>
  (data) => {
    const result = safeParse(schema, data)
    return result.error ? { error: new InvalidInput(schema, data) } : { value: result.data }
  }

/** Answers are built from typed values: they are written out, not parsed again. */
export const serializerCompiler: FastifySerializerCompiler<$ZodType> = () => (data) => JSON.stringify(data)
