/** Where an affiliate is paid, as `PUT /affiliates/:email` takes it: `{ payout_method, paypal_email, wise_email }`. */
import { z } from 'zod'
import { DomainError } from '../core/kit/errors.ts'
import { orNone } from '../core/kit/lenient.ts'
import { type SealedMethod, storedMethod } from '../core/payout/account.ts'
import { checkedMethod } from '../core/payout/method.ts'
import { settingsOf } from '../core/project/settings.ts'
import type { Project } from '../db/schema.ts'
import { email } from './shapes.ts'

const kinds = ['paypal', 'wise'] as const

export const accountFields = {
  /** null removes the account. */
  payout_method: z
    .string('expected paypal or wise, or null to remove the account')
    .trim()
    .toLowerCase()
    .pipe(z.enum(kinds, 'expected paypal or wise, or null to remove the account'))
    .nullable()
    .optional(),
  paypal_email: orNone(email),
  wise_email: orNone(email),
}

type AccountFields = z.infer<z.ZodObject<typeof accountFields>>

/**
 * @returns what to store; null to remove it; undefined when nothing was said about it
 * @throws DomainError 'invalid_request' naming the field
 */
export function accountIn(
  { payout_method, paypal_email, wise_email }: AccountFields,
  project: Project,
  seal: (text: string) => string,
): SealedMethod | null | undefined {
  if (payout_method === null) return null
  const emails = { paypal: paypal_email ?? null, wise: wise_email ?? null }
  if (payout_method === undefined && emails.paypal && emails.wise)
    throw wrong('payout_method', 'expected paypal or wise: paypal_email and wise_email are both given')
  const kind = payout_method ?? kinds.find((one) => emails[one] !== null)
  if (!kind) return undefined
  const address = emails[kind]
  if (address === null) throw wrong(`${kind}_email`, `expected the email address of the ${kind} account`)
  const { payout_kinds } = settingsOf(project)
  if (!payout_kinds.includes(kind))
    throw wrong('payout_method', `expected one of those this program pays to: ${payout_kinds.join(', ')}`)
  const method = checkedMethod({ kind, email: address }, payout_kinds)
  return storedMethod(project.id, method, seal)
}

const wrong = (field: string, sentence: string) => new DomainError('invalid_request', `${field}: ${sentence}`, field)
