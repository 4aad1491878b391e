/** Referral codes: what survives a URL, a cookie and Stripe's client_reference_id, `[A-Za-z0-9_-]{1,64}`; compared without case. */
import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'

export const REFERRAL_CODE = /^[A-Za-z0-9_-]{1,64}$/

export const REFERRAL_CODE_EXPECTED = '1 to 64 letters, digits, hyphens or underscores'

/** Of `link.is_primary`; a literal, for SQLite plans anew for each bound value that an index has in its condition. */
export const PRIMARY = sql.lit(1)

export const codeKey = (code: string): string => code.toLowerCase()

/** Some shops put it before the code (COMPAT: the code as it came, then without it). */
const PREFIX = 'ref_'

/** The keys to look a value up by, in their order: as it came, then without each prefix. What can be no code is left out. */
export function spellingsOf(value: string): string[] {
  const spellings = [codeKey(value)]
  for (let key = codeKey(value); key.startsWith(PREFIX); spellings.push(key)) key = key.slice(PREFIX.length)
  return spellings.filter((key) => REFERRAL_CODE.test(key))
}

/** What all spellings of a code have in common: one affiliate has it (code-claim.ts). */
export const claimedSpelling = (code: string): string => codeKey(code.trim()).replace(/^(ref_)+(?=.)/, '')

/** Without look-alikes, so that a code can be read aloud. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'

/** A random code: 31^8, some 850 milliard; the unique index decides in case of a clash. */
export const randomCode = (): string => Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

/** As doors take it: blanks around it are cut off. */
export const referralCode = z
  .string(`expected ${REFERRAL_CODE_EXPECTED}`)
  .trim()
  .regex(REFERRAL_CODE, `expected ${REFERRAL_CODE_EXPECTED}`)
