import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { languageOf } from './language.ts'
import { PROBLEMS, Problem, problemDocument } from './problem.ts'
import { InvalidInput, problemOfInput } from './validation.ts'

/** What Fastify refuses by itself, in our words. */
const KNOWN: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem('media-type', {
      vi: 'Hãy gửi JSON với content-type: application/json.',
      en: 'Send JSON with content-type: application/json.',
    }),
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new Problem('too-large', {
      vi: 'Nội dung vượt giới hạn; hãy gửi ít hơn hoặc tăng PQ_HTTP_BODY_KIB (nhập danh mục: PQ_HTTP_IMPORT_MIB).',
      en: 'The body is above the limit; send less, or raise PQ_HTTP_BODY_KIB (inventory import: PQ_HTTP_IMPORT_MIB).',
    }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    new Problem('not-json', { vi: 'Nội dung trống; hãy gửi JSON.', en: 'The body is empty; send JSON.' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () =>
    new Problem('not-json', { vi: 'Nội dung không phải JSON hợp lệ.', en: 'The body is not valid JSON.' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new Problem('invalid-input', {
      vi: 'Content-Length không khớp nội dung.',
      en: 'Content-Length does not match the body.',
    }),
  FST_ERR_BAD_URL: () =>
    new Problem('invalid-input', {
      vi: 'Đường dẫn có mã %xx không hợp lệ.',
      en: 'The path holds an invalid %xx escape.',
    }),
  FST_ERR_MAX_PARAM_LENGTH: () => new Problem('not-found', { vi: 'Mã quá dài.', en: 'The id is too long.' }),
}

const internal = () =>
  new Problem('internal', {
    vi: 'Máy chủ gặp lỗi; báo người quản trị kèm mã yêu cầu (requestId).',
    en: 'The server failed; tell the administrator the requestId.',
  })

function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error
  if (error instanceof InvalidInput) return problemOfInput(error)
  const { code, statusCode } = error as Partial<FastifyError>
  const known = code === undefined ? undefined : KNOWN[code]
  if (known) return known()
  if (error instanceof SyntaxError && statusCode === 400)
    return (KNOWN['FST_ERR_CTP_INVALID_JSON_BODY'] as () => Problem)()
  if (statusCode === 404) return notFound()
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem('invalid-input', { vi: 'Yêu cầu không hợp lệ.', en: 'The request is not valid.' })
  }
  return internal()
}

const notFound = (path?: string) =>
  new Problem('not-found', {
    vi: `Không có ${path ?? 'địa chỉ này'}; các địa chỉ có trong /docs.`,
    en: `There is no ${path ?? 'such address'}; /docs lists what there is.`,
  })

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem) {
  const language = languageOf(request.headers['accept-language'])
  if (problem.code === 'busy' || problem.code === 'unavailable') reply.header('retry-after', '5')
  return reply
    .code(PROBLEMS[problem.code].status)
    .removeHeader('content-disposition')
    .removeHeader('etag')
    .header('cache-control', 'no-store')
    .header('content-language', language)
    .header('vary', 'Accept-Language')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemDocument(problem, language, request.id)))
}

/** The one place that turns an error into an answer. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) {
  const problem = problemOf(error)
  if (problem.code === 'internal') request.log.error({ err: error }, 'a request failed')
  return sendProblem(request, reply, problem)
}

/** Errors and unknown addresses as problem+json, with the request's id and no inner details. */
export function useProblems(app: FastifyInstance): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?')
    return sendProblem(request, reply, notFound(`${request.method} ${path.slice(0, 200)}`))
  })
}
