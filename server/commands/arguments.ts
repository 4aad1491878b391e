/** How arguments are read. Each throws InvalidArgumentError, which commander shows with the argument's name. */
import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { parseCurrency } from '../core/kit/money.ts'
import { REFERRAL_CODE, REFERRAL_CODE_EXPECTED } from '../core/affiliate/code.ts'

/** How an affiliate is named. */
export const WHO = 'their number, email or referral code'

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

export function nameText(text: string): string {
  const name = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  if (name === '' || name.length > 200) throw new InvalidArgumentError('Expected a name of 1 to 200 characters.')
  return name
}

export function website(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('Expected an address such as https://shop.example.')
  return text.replace(/\/+$/, '')
}

export const currencyCode = (text: string): string => orInvalid(() => parseCurrency(text))

/** `2026-11-20`, a day in UTC. */
export function day(text: string): string {
  if (!z.iso.date().safeParse(text).success) throw new InvalidArgumentError('Expected a day such as 2026-11-20.')
  return text
}

export function referralCode(text: string): string {
  if (!REFERRAL_CODE.test(text)) throw new InvalidArgumentError(`Expected ${REFERRAL_CODE_EXPECTED}.`)
  return text
}

function orInvalid<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

export interface OfProject {
  project: number
  json?: true
}
