import type { Bilingual } from '../domain/words.ts'
import type { Language } from './language.ts'

/** Every problem that the platform answers with (RFC 9457). `/docs/problems` shows this list. */
export const PROBLEMS = {
  'invalid-input': { status: 400, title: { vi: 'Yêu cầu không hợp lệ', en: 'Invalid request' } },
  'not-json': { status: 400, title: { vi: 'Nội dung không phải JSON', en: 'The body is not JSON' } },
  'foreign-origin': { status: 403, title: { vi: 'Nguồn gọi không được phép', en: 'Origin not allowed' } },
  'not-found': { status: 404, title: { vi: 'Không tìm thấy', en: 'Not found' } },
  'not-acceptable': { status: 406, title: { vi: 'Không có định dạng được yêu cầu', en: 'Format not available' } },
  conflict: { status: 409, title: { vi: 'Xung đột với trạng thái hiện tại', en: 'Conflict with what is there' } },
  'too-large': { status: 413, title: { vi: 'Nội dung quá lớn', en: 'The body is too large' } },
  'media-type': { status: 415, title: { vi: 'Kiểu nội dung không được nhận', en: 'Media type not accepted' } },
  'not-possible': { status: 422, title: { vi: 'Không thực hiện được', en: 'Understood, but not possible' } },
  'too-much': { status: 422, title: { vi: 'Câu hỏi quá rộng', en: 'The question is too wide' } },
  internal: { status: 500, title: { vi: 'Lỗi nội bộ', en: 'Internal error' } },
  unavailable: { status: 503, title: { vi: 'Tạm thời chưa phục vụ được', en: 'Not available at the moment' } },
  busy: { status: 503, title: { vi: 'Đang quá bận', en: 'Too busy' } },
} as const satisfies Record<string, { status: number; title: Bilingual }>
export type ProblemCode = keyof typeof PROBLEMS

/** One field at fault: `bucket`, `sectors[0].azimuth_deg`. */
export interface FieldFault {
  path: string
  message: Bilingual
}

/** Thrown anywhere in a request, answered as problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly detail: Bilingual
  readonly faults: readonly FieldFault[]

  constructor(code: ProblemCode, detail: Bilingual, faults: readonly FieldFault[] = []) {
    super(detail.en)
    this.code = code
    this.detail = detail
    this.faults = faults
  }
}

/** A problem about one named field, whose detail is the fault itself. */
export const fieldProblem = (code: ProblemCode, path: string, vi: string, en: string): Problem =>
  new Problem(code, { vi: `${path}: ${vi}`, en: `${path}: ${en}` }, [{ path, message: { vi, en } }])

export const noSite = (id: string): Problem =>
  fieldProblem('not-found', 'id', `không có trạm ${id}; xem /api/v1/sites`, `there is no site ${id}; see /api/v1/sites`)

export const noLink = (id: string): Problem =>
  fieldProblem(
    'not-found',
    'id',
    `không có tuyến ${id}; xem /api/v1/links`,
    `there is no link ${id}; see /api/v1/links`,
  )

/** The document of a problem in one language. */
export function problemDocument(problem: Problem, language: Language, requestId: string) {
  const { status, title } = PROBLEMS[problem.code]
  return {
    type: `/docs/problems#${problem.code}`,
    title: title[language],
    status,
    detail: problem.detail[language],
    ...(problem.faults.length > 0 && {
      errors: problem.faults.map(({ path, message }) => ({ path, message: message[language] })),
    }),
    requestId,
  }
}
