/** What every operation may answer besides what its route declares: headers, refusals and failures. */
import { z } from 'zod'
import type { Operation } from './openapi-document.ts'

export const ErrorAnswer = z.object({
  success: z.literal(false),
  error: z.string().describe('A sentence for people; it names the field and what was expected'),
  code: z.string().describe('A name for programs, such as affiliate_not_found'),
})

const wholeNumber = (description: string) => ({ description, schema: { type: 'integer' } })
export const HEADERS = {
  'X-RateLimit-Limit': wholeNumber('Requests in the tightest window'),
  'X-RateLimit-Remaining': wholeNumber('Requests left in it'),
  'X-RateLimit-Reset': wholeNumber('When it begins anew, Unix seconds'),
  'Retry-After': wholeNumber('Seconds until the next request is answered'),
  'Idempotent-Replayed': { description: 'This answer was given before', schema: { const: 'true' } },
}
export const header = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` })
export const LIMIT_HEADERS = Object.fromEntries(
  (['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'] as const).map((name) => [name, header(name)]),
)

/** By status: its name in the components, what it says, and codes it may carry. */
const FAILURES: Record<number, [name: string, description: string, code: string, example: string]> = {
  400: ['BadRequest', 'A field is wrong', 'invalid_request', 'limit: expected at least 1'],
  401: ['Unauthorized', 'No API key, or one that opens nothing', 'unauthorized', 'Invalid or revoked API key'],
  403: ['Forbidden', 'The key lacks a scope', 'forbidden', 'This API key lacks the scope "write"'],
  404: ['NotFound', 'Not in this project', 'affiliate_not_found', 'Affiliate not found'],
  409: ['Conflict', 'It exists, or its state forbids it', 'code_taken', 'The referral code ANN already exists'],
  413: ['TooLarge', 'The body is too large', 'body_too_large', 'The body is too large'],
  414: [
    'UrlTooLong',
    'A part of the path is too long',
    'invalid_request',
    'url: expected parts of at most 1024 characters',
  ],
  415: ['MediaType', 'The body is no JSON', 'invalid_request', 'content-type: expected application/json'],
  429: ['TooManyRequests', 'A rate limit is reached', 'rate_limited', 'Too many requests; try again in 30 seconds'],
  500: [
    'OurFault',
    'Something went wrong on our side',
    'internal',
    'Something went wrong on our side; the log says what',
  ],
  503: [
    'Unavailable',
    'The database is away, read-only, full or busy',
    'database_unavailable',
    'The database cannot be reached; try again in 5 seconds',
  ],
}

/** These say when to try again. */
const RETRIED = new Set(['429', '503'])

export const errors = (...statuses: number[]): Operation['responses'] =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${FAILURES[status]?.[0]}` }]))

export const ERRORS = Object.fromEntries(
  Object.entries(FAILURES).map(([status, [name, description, code, error]]) => [
    name,
    {
      description,
      headers: { ...LIMIT_HEADERS, ...(RETRIED.has(status) && { 'Retry-After': header('Retry-After') }) },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          example: { success: false, error, code },
        },
      },
    },
  ]),
)
