/** Money: integer minor units and an ISO 4217 currency; floats are read digit by digit and never calculated with. */
import { exponentOf } from './currency-exponent.ts'
import { DomainError } from './errors.ts'

export { exponentOf }

const KNOWN = new Set(Intl.supportedValuesOf('currency'))

/**
 * The currency in capitals.
 * @throws DomainError 'invalid_request' when it is no ISO 4217 code
 */
export function parseCurrency(text: string): string {
  const currency = text.trim().toUpperCase()
  if (!KNOWN.has(currency))
    throw new DomainError(
      'invalid_request',
      `currency: expected an ISO 4217 code such as USD, got "${text.slice(0, 20)}"`,
    )
  return currency
}

/**
 * Major units as people and scripts write them (49.99) -> minor units (4999).
 * The decimal digits are read as text; digits beyond the currency's are rounded half up.
 * @throws DomainError 'invalid_request' for negative, unsafe or non-finite numbers
 */
export function toMinor(value: number | string, currency: string): number {
  const match = /^(\d{1,16})(?:\.(\d+))?$/.exec(String(value).trim())
  if (!match)
    throw new DomainError('invalid_request', `value: expected an amount such as 49.99, got ${JSON.stringify(value)}`)

  const exponent = exponentOf(currency)
  const decimals = (match[2] ?? '').padEnd(exponent + 1, '0')
  const roundUp = Number(decimals[exponent]) >= 5 ? 1 : 0
  const minor = Number(match[1] + decimals.slice(0, exponent)) + roundUp
  if (!Number.isSafeInteger(minor)) throw new DomainError('invalid_request', `value: ${value} is too large`)
  return minor
}

/**
 * What a person types: major units, with no more digits than the currency has. Nothing is rounded.
 * @throws DomainError 'invalid_request' naming what the amount is for
 */
export function typedAmount(text: string, currency: string, name: string): number {
  const digits = exponentOf(currency)
  const form = new RegExp(`^\\d{1,12}${digits === 0 ? '' : `(\\.\\d{1,${digits}})?`}$`)
  if (form.test(text.trim())) return toMinor(text, currency)
  const example = formatMinor(50 * 10 ** digits, currency)
  throw new DomainError(
    'invalid_request',
    `${name}: expected an amount in ${currency} such as ${example}, got "${text}"`,
  )
}

/** Minor units -> decimal text with the currency's digits: 15000 USD is "150.00", 1500 JPY is "1500". */
export function formatMinor(amount: number, currency: string): string {
  const exponent = exponentOf(currency)
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0')
  const sign = amount < 0 ? '-' : ''
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** Minor units -> the number the REST API shows for conversions: 1250 USD is 12.5. */
export const toMajor = (amount: number, currency: string): number => Number(formatMinor(amount, currency))

/** A share of an amount; 2000 basis points are 20 %. Rounded half up (away from zero for negative amounts), once. */
export function applyRate(amount: number, basisPoints: number): number {
  if (amount < 0) return -applyRate(-amount, basisPoints)
  return Number((BigInt(amount) * BigInt(basisPoints) + 5_000n) / 10_000n)
}

/** What `amount` is of a whole, as `part` is of `base`: shares of parts that sum to the base sum to the amount. Rounded half up. */
export const shareOf = (amount: number, part: number, base: number): number =>
  Number((2n * BigInt(amount) * BigInt(part) + BigInt(base)) / (2n * BigInt(base)))

/**
 * Minor units of `from` in minor units of `to`. @param rate what one unit of `from` is worth in `to`, a decimal text such
 * as "1.0842". Rounded half up, once.
 */
export function convertMinor(amount: number, from: string, to: string, rate: string): number {
  const [whole = '0', decimals = ''] = rate.split('.')
  const numerator = BigInt(amount) * BigInt(whole + decimals) * 10n ** BigInt(exponentOf(to))
  const denominator = 10n ** BigInt(decimals.length + exponentOf(from))
  return Number((2n * numerator + denominator) / (2n * denominator))
}
