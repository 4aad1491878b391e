/** What a conversion is called: `signup`, `purchase`, or a name of the company's own. */
import { z } from 'zod'

const KNOWN = new Set(['purchase', 'signup'])

/** `PURCHASE` and ` Purchase ` are `purchase`; other names stay as they are written. */
export function conversionType(text: string): string {
  const name = text.trim()
  const folded = name.toLowerCase()
  return KNOWN.has(folded) ? folded : name
}

export const typeOfConversion = z
  .string('expected a text')
  .overwrite(conversionType)
  .min(1, 'expected a text')
  .max(64, 'expected at most 64 characters')

export interface NothingEarned {
  earned: false
  hint: string
}

/**
 * What an answer adds for a custom event, so that `type: "sale"` is not taken for a purchase in silence. It depends on the
 * type alone: an answer to a browser must not tell whom we know.
 */
export const nothingEarnedBy = (type: string): NothingEarned | undefined =>
  KNOWN.has(type)
    ? undefined
    : {
        earned: false,
        hint: `"${type}" is recorded as a custom event, which earns nothing; commissions are for the type "purchase", and people become referrals with "signup"`,
      }
