/** What an account to be paid on is made of, per kind, and what can be checked of it before it is sent. */
import type { PayoutMethodDetails } from '../../server/public/widget/contract.ts'
import { looksLikeEmail } from '../parts/email.ts'
import type { WordKey } from '../words/words.ts'

export type Kind = PayoutMethodDetails['kind']
export type FieldName = 'email' | 'holder' | 'account' | 'bic' | 'text'

interface AccountField {
  name: FieldName
  label: WordKey
  optional?: boolean
}

const EMAIL: AccountField[] = [{ name: 'email', label: 'methods.email' }]

export const ACCOUNT_FIELDS: Record<Kind, AccountField[]> = {
  paypal: EMAIL,
  wise: EMAIL,
  bank: [
    { name: 'holder', label: 'methods.holder' },
    { name: 'account', label: 'methods.account' },
    { name: 'bic', label: 'methods.bic', optional: true },
  ],
  other: [{ name: 'text', label: 'methods.text' }],
}

export type Values = Partial<Record<FieldName, string>>
export type Problems = Partial<Record<FieldName, WordKey>>

export const detailsOf = (kind: Kind, values: Values) => ({ kind, ...filled(kind, values) }) as PayoutMethodDetails

/** Which fields are wrong, in their order, and the sentence that says so. */
export function problemsOf(kind: Kind, values: Values): Problems {
  const entered = filled(kind, values)
  const problems: Problems = {}
  for (const { name, optional } of ACCOUNT_FIELDS[kind]) {
    const value = entered[name]
    if (!value) {
      if (!optional) problems[name] = 'methods.required'
    } else if (name === 'email' && !looksLikeEmail(value)) problems[name] = 'join.invalid'
    else if (name === 'account' && !isAccount(value)) problems[name] = 'methods.account_invalid'
  }
  return problems
}

const filled = (kind: Kind, values: Values) =>
  Object.fromEntries(
    ACCOUNT_FIELDS[kind].map(({ name }) => [name, values[name]?.trim()] as const).filter(([, value]) => value),
  ) as Values

/** An IBAN whose check digits are right, or a number of a country without one. */
export function isAccount(text: string): boolean {
  const account = text.replaceAll(/[\s.-]/g, '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}/.test(account)) return /^[A-Z\d/]{4,34}$/.test(account) && /\d{4}/.test(account)
  if (!/^[A-Z\d]{15,34}$/.test(account)) return false
  const turned = account.slice(4) + account.slice(0, 4)
  const digits = turned.replaceAll(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)))
  return BigInt(digits) % 97n === 1n
}
