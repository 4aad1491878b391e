/** Where an affiliate's payouts go. Core sees the details only while they are checked: they are sealed by the caller. */
import type { PayoutMethod, Tx } from '../../db/schema.ts'
import { EMAIL_EXPECTED, emailIn } from '../kit/email-address.ts'
import { DomainError } from '../kit/errors.ts'

export type PayoutMethodDetails =
  | { kind: 'paypal'; email: string }
  | { kind: 'wise'; email: string }
  | { kind: 'bank'; holder: string; account: string; bic?: string | undefined }
  | { kind: 'other'; text: string }

/**
 * The details as they are stored: trimmed, account numbers in capitals without spaces.
 * @param kinds that the project pays to
 * @throws DomainError 'invalid_request' naming the field
 */
export function checkedMethod(details: PayoutMethodDetails, kinds: PayoutMethod['kind'][]): PayoutMethodDetails {
  const { kind } = details
  if (!kinds.includes(kind)) throw wrong('kind', `expected one of ${kinds.join(', ')}`)
  if (kind === 'bank') return bankAccount(details)
  if (kind === 'other') return { kind, text: line('text', details.text, 500, 'how you would like to be paid') }
  const email = emailIn(details.email)
  if (email === null) throw wrong('email', EMAIL_EXPECTED)
  return { kind, email }
}

function bankAccount({ holder, account, bic }: PayoutMethodDetails & { kind: 'bank' }): PayoutMethodDetails {
  const number = compact(account)
  if (!/^[A-Z0-9]{4,34}$/.test(number)) throw wrong('account', 'expected 4 to 34 letters and digits')
  if (LIKE_AN_IBAN.test(number) && !isIban(number))
    throw wrong('account', 'expected an IBAN without a mistake, its check digits do not fit')
  const code = compact(bic ?? '')
  // A BIC has 8 or 11 characters, a routing number (ABA, sort code, BSB) 6 to 12 digits.
  if (code && !/^([A-Z0-9]{8}|[A-Z0-9]{11}|\d{6,12})$/.test(code))
    throw wrong('bic', 'expected a BIC of 8 or 11 letters and digits, or a routing number')
  return {
    kind: 'bank',
    holder: line('holder', holder, 140, 'the name of the account holder'),
    account: number,
    ...(code && { bic: code }),
  }
}

const compact = (text: string) => text.replace(/[\s-]/g, '').toUpperCase()

function line(field: string, text: string, most: number, expected: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  if (plain === '' || plain.length > most || /\p{Cc}/u.test(plain))
    throw wrong(field, `expected ${expected}, at most ${most} characters`)
  return plain
}

const wrong = (field: string, sentence: string) => new DomainError('invalid_request', `${field}: ${sentence}`, field)

const LIKE_AN_IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/

/** ISO 13616: the first four characters go to the end, letters become 10 to 35, and the number is 1 modulo 97. */
export function isIban(number: string): boolean {
  let rest = 0
  for (const character of number.slice(4) + number.slice(0, 4))
    rest = Number(`${rest}${Number.parseInt(character, 36)}`) % 97
  return rest === 1
}

/** What everybody but the payer sees: `a•••@example.com`, `•••• 1234`. */
export function maskedMethod(details: PayoutMethodDetails): string {
  switch (details.kind) {
    case 'bank':
      // Of a short number less, or all of it would stand there.
      return `•••• ${details.account.slice(-Math.min(4, Math.floor(details.account.length / 2)))}`
    case 'other':
      return '••••'
    default:
      return maskEmail(details.email)
  }
}

export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const [first = ''] = email
  return `${first}•••${email.slice(at)}`
}

export const findPayoutMethod = (
  tx: Pick<Tx, 'selectFrom'>,
  projectId: number,
  affiliateId: number,
): Promise<PayoutMethod | undefined> =>
  tx
    .selectFrom('payout_method')
    .selectAll()
    .where('affiliate_id', '=', affiliateId)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
