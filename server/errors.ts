/** The one table from what went wrong to its HTTP status, and the shape every error has on the wire. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { DomainError, type ErrorCode, Overloaded, TooOften } from './core/kit/errors.ts'
import { unavailability } from './db/failure.ts'

const STATUS: Record<ErrorCode, number> = {
  invalid_request: 400,
  wrong_signature: 401,
  session_expired: 401,
  wrong_hash: 403,
  wrong_code: 403,
  invite_needed: 403,
  project_not_found: 404,
  unknown_code: 404,
  inactive_code: 404,
  affiliate_not_found: 404,
  unknown_provider: 404,
  provider_not_connected: 404,
  api_key_not_found: 404,
  self_referral: 400,
  referral_not_found: 404,
  customer_not_found: 404,
  coupon_not_found: 404,
  campaign_not_found: 404,
  level_not_found: 404,
  conversion_not_found: 404,
  provider_event_not_found: 404,
  payout_not_found: 404,
  payout_method_not_found: 404,
  material_not_found: 404,
  webhook_not_found: 404,
  delivery_not_found: 404,
  nothing_to_pay: 400,
  conversion_exists: 409,
  payout_reversed: 409,
  webhook_disabled: 409,
  slug_taken: 409,
  referral_exists: 409,
  coupon_exists: 409,
  affiliate_exists: 409,
  code_taken: 409,
  portal_closed: 404,
  idempotency_mismatch: 409,
  idempotency_in_progress: 409,
  rate_limited: 429,
  overloaded: 503,
}

/** `error` is a sentence for people, `code` a name for programs (COMPAT §3); `field` is what the widget shows it at. */
export const failure = (code: string, error: string, field?: string) => ({
  success: false as const,
  error,
  code,
  ...(field && { field }),
})

declare module 'fastify' {
  interface FastifyInstance {
    /** The same as a page, where a person is asking. */
    mistakePage?: (
      request: FastifyRequest,
      reply: FastifyReply,
      mistake: { status: number; code: string },
    ) => FastifyReply | undefined
  }
}

const refuse = (
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  answer: ReturnType<typeof failure>,
): FastifyReply =>
  request.server.mistakePage?.(request, reply, { status, code: answer.code }) ?? reply.code(status).send(answer)

export function setErrorHandlers(app: FastifyInstance): void {
  app.setNotFoundHandler(answerNotFound)
  app.setErrorHandler(answerError)
}

export const answerNotFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  refuse(request, reply, 404, failure('not_found', `No ${request.method} ${request.url.split('?')[0]} here`))

/** Also for what Fastify refuses before any route is found, such as `%zz` in an address. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof TooOften || error instanceof Overloaded) void reply.header('retry-after', error.seconds)
  if (error instanceof DomainError)
    return refuse(
      request,
      reply,
      STATUS[error.code],
      failure(error.code, error.message, forWidget(request, error.field)),
    )
  if (hasZodFastifySchemaValidationErrors(error))
    return refuse(
      request,
      reply,
      400,
      failure('invalid_request', sentenceOf(error), forWidget(request, fieldOf(error))),
    )
  if (UNSTORABLE.has(error.code))
    return refuse(request, reply, 400, failure('invalid_request', 'body: expected text without NUL characters'))
  const reason = unavailability(error)
  if (reason !== undefined) {
    request.log.error({ err: error, route: request.routeOptions.url }, `the database ${reason}`)
    return refuse(
      request,
      reply.header('retry-after', RETRY_AFTER_SECONDS),
      503,
      failure('database_unavailable', `The database ${reason}; try again in ${RETRY_AFTER_SECONDS} seconds`),
    )
  }

  const status = error.statusCode ?? 500
  if (status < 500)
    return refuse(
      request,
      reply,
      status,
      failure(CODES[error.code] ?? 'invalid_request', SENTENCES[error.code] ?? error.message),
    )
  request.log.error({ err: error, route: request.routeOptions.url }, 'request failed')
  return refuse(request, reply, status, failure('internal', 'Something went wrong on our side; the log says what'))
}

/** Long enough for a restart of the database, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5

/** @param sentence without its full stop */
export const answerUnavailable = (reply: FastifyReply, code: string, sentence: string): FastifyReply =>
  reply
    .code(503)
    .header('retry-after', RETRY_AFTER_SECONDS)
    .send(failure(code, `${sentence}; try again in ${RETRY_AFTER_SECONDS} seconds`))

/** PostgreSQL's names for text that holds a NUL, which it cannot keep. */
const UNSTORABLE = new Set(['22021', '22P05'])

const CODES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
}

const SENTENCES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type: expected application/json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body: expected valid JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body: expected JSON, got nothing',
  FST_ERR_BAD_URL: 'url: expected percent-encoded UTF-8',
  FST_ERR_MAX_PARAM_LENGTH: 'url: expected parts of at most 1024 characters',
}

/** `email: expected an e-mail address; referral_code: expected 1 to 64 ...` */
function sentenceOf(error: FastifyError & { validation: ZodProblem[] }): string {
  return error.validation
    .map((problem) => {
      const field = problem.instancePath.slice(1).replaceAll('/', '.')
      // Fastify hands a body that is not there on as null.
      return field
        ? `${field}: ${expectationOf(problem)}`
        : `body: ${expectationOf(problem).replace(/got null$/, 'got nothing')}`
    })
    .join('; ')
}

const forWidget = ({ routeOptions }: FastifyRequest, field: string | undefined) =>
  routeOptions.url?.startsWith('/api/widget/') ? field : undefined

/** The last part of the first path: `email`, or `website` of `fields/website`. */
const fieldOf = ({ validation: [problem] }: { validation: ZodProblem[] }): string | undefined =>
  problem?.instancePath.split('/').at(-1)

interface ZodProblem {
  instancePath: string
  message?: string
  params?: Record<string, unknown>
}

/** What was expected, in zod's words without its preamble; of a union, what any of its members expected. */
function expectationOf({ message = 'Invalid input', params }: ZodProblem): string {
  const members = params?.['errors']
  if (message === 'Invalid input' && Array.isArray(members)) {
    const wanted = (members as { message?: string }[][]).flatMap(
      ([first]) => first?.message?.replace(/, received .*$/, '') ?? [],
    )
    return [...new Set(wanted.map((text) => expectationOf({ instancePath: '', message: text })))].join(' or ')
  }
  return message
    .replace(/^(Invalid input|Too big|Too small|Invalid string|Invalid option|Invalid key in record): /, '')
    .replace(/, received undefined$/, ', got nothing')
    .replace(/, received /, ', got ')
}
