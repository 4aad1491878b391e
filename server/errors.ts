/** The one table from what went wrong to its HTTP status, and the shape every error has on the wire. */
import type { FastifyError, FastifyInstance } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { DomainError, type ErrorCode } from './core/errors.ts'

const STATUS: Record<ErrorCode, number> = {
  invalid_request: 400,
  wrong_signature: 401,
  wrong_hash: 403,
  project_not_found: 404,
  unknown_code: 404,
  inactive_code: 404,
  affiliate_not_found: 404,
  unknown_provider: 404,
  provider_not_connected: 404,
  api_key_not_found: 404,
  affiliate_exists: 409,
  code_taken: 409,
  already_joined: 409,
}

/** `error` is a sentence for people, `code` a name for programs (COMPAT §3). */
export const failure = (code: string, error: string) => ({ success: false as const, error, code })

export function setErrorHandlers(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(failure('not_found', `No ${request.method} ${request.url.split('?')[0]} here`)),
  )

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof DomainError) return reply.code(STATUS[error.code]).send(failure(error.code, error.message))
    if (hasZodFastifySchemaValidationErrors(error))
      return reply.code(400).send(failure('invalid_request', sentenceOf(error)))

    const status = error.statusCode ?? 500
    if (status < 500)
      return reply
        .code(status)
        .send(failure(CODES[error.code] ?? 'invalid_request', SENTENCES[error.code] ?? error.message))
    request.log.error({ err: error, route: request.routeOptions.url }, 'request failed')
    return reply.code(status).send(failure('internal', 'Something went wrong on our side; the log says what'))
  })
}

const CODES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_RATE_LIMIT: 'rate_limited',
}

const SENTENCES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type: expected application/json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty; expected JSON',
}

/** `email: Invalid email address; referral_code: 1 to 64 ...` */
function sentenceOf(error: FastifyError & { validation: { instancePath: string; message?: string }[] }): string {
  return error.validation
    .map(
      ({ instancePath, message }) =>
        `${instancePath.slice(1).replaceAll('/', '.') || 'body'}: ${message ?? 'is not valid'}`,
    )
    .join('; ')
}
