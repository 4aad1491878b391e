/** Reads what providers send: what is missing or senseless becomes a sentence that names the event and the field. */
import { DomainError } from '../core/kit/errors.ts'
import { parseCurrency } from '../core/kit/money.ts'
import type { Ignored } from '../core/payment/event.ts'
import { toInstant } from '../core/kit/time.ts'
import type { Instant } from '../db/schema.ts'
import type { Verified } from './provider.ts'

/** Reads the fields of one event. @throws Error naming the event and the field */
export interface Reader {
  id(value: unknown, field: string): string
  /** Minor units: a number, or decimal text as Paddle writes it. */
  minor(value: unknown, field: string): number
  currency(value: unknown, field: string): string
  instant(value: unknown, field: string): Instant
}

/** @param event as people call it: `Paddle transaction.completed` */
export function readerOf(event: string): Reader {
  const wrong = (field: string, expected: string, value: unknown) =>
    new Error(`${event}: ${field} must be ${expected}, got ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}`)
  return {
    id(value, field) {
      const id = optionalId(value)
      if (id === null) throw wrong(field, 'an id', value)
      return id
    },
    minor(value, field) {
      const amount = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
      if (!Number.isSafeInteger(amount)) throw wrong(field, 'a whole number of minor units', value)
      return amount as number
    },
    currency(value, field) {
      try {
        return parseCurrency(String(value))
      } catch {
        throw wrong(field, 'an ISO 4217 code', value)
      }
    },
    instant(value, field) {
      try {
        return toInstant(Temporal.Instant.from(String(value)))
      } catch {
        throw wrong(field, 'a time such as 2026-10-05T09:30:00Z', value)
      }
    },
  }
}

/** Ids come as text or as numbers. */
export function optionalId(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value
  return Number.isSafeInteger(value) ? String(value) : null
}

/** Text that says something. */
export const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() ? value : null)

/**
 * Names under which a site hands its referral code to the checkout; the first that has one counts. The documented name comes
 * first and `ref` last, because a site may use so short a name for something else.
 */
const CODE_FIELDS = ['referral_code', 'refgrow_ref_code', 'ref']

/** The referral code in what a site attached to a checkout; an empty list, which PHP makes of an empty object, has none. */
export function codeIn(metadata: unknown, fields = CODE_FIELDS): string | null {
  if (typeof metadata !== 'object' || metadata === null) return null
  const values = metadata as Record<string, unknown>
  return fields.map((field) => optionalId(values[field])).find((code) => code !== null) ?? null
}

export const ignored = (reason: string): Ignored => ({ kind: 'ignored', reason })

/** The body of a request whose signature is right. @throws DomainError 'invalid_request' */
export function parseSigned(raw: Buffer, provider: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'))
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  } catch {}
  throw new DomainError('invalid_request', `The body is not a ${provider} event: expected a JSON object`)
}

/** Longer than any provider's; an index of PostgreSQL takes 2,700 bytes. */
const LONGEST_NAME = 255

/**
 * What an event goes by in the inbox.
 * @param fields where the event's id and type stand in what the provider sends, for people
 * @throws DomainError 'invalid_request': rightly signed, and still no event
 */
export function eventNamed(provider: string, event_id: unknown, type: unknown, fields: string): Verified {
  if (isName(event_id) && isName(type)) return { event_id, type }
  throw new DomainError(
    'invalid_request',
    `The body is not a ${provider} event: ${fields} must be text of 1 to ${LONGEST_NAME} characters`,
  )
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !value.includes('\0')
