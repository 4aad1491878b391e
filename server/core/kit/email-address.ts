/**
 * The one rule for email addresses, at every door: what mail servers take is taken, with the blanks around it cut off.
 *
 * The local part may hold what RFC 5321 allows without quotes, dots in any place (mobile carriers of Japan gave out
 * `ann..b.@...`), and letters of any language (RFC 6531). The domain is one of the public DNS, in letters of any language.
 * Refused on purpose: quoted local parts, because parsers disagree about where such a mail goes, and addresses of bare IP
 * numbers and hosts.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import { z } from 'zod'

/** RFC 5321: what fits into a path, `<` and `>` left out. */
export const LONGEST_EMAIL = 254
export const EMAIL_EXPECTED = 'expected an email address such as ann@example.com'

/** Also anything else than ASCII, but no control, direction mark or blank. */
const LOCAL = /^(?:[\w.!#$%&'*+/=?^`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+$/u
/** Before it is folded: letters, digits and hyphens of any language, between dots of any kind. */
const DOMAIN = /^(?:[\p{L}\p{M}\p{N}\p{So}.。．｡-]|\u200c|\u200d)+$/u
/** As DNS has it: at least two labels, and the last one is no number. */
const HOST = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/**
 * The address as it is kept: trimmed, letters composed (NFC), so that what is compared and what a mail is sent to are the same.
 * Kept as it came where it is no address.
 */
export function tidyEmail(text: string): string {
  const address = text.trim().normalize('NFC')
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  if (at < 1 || isAscii(domain) || !DOMAIN.test(domain)) return address
  // Letters that only look like others (`ｇｍａｉｌ.com`) become those they are folded to.
  return `${address.slice(0, at)}@${domainToUnicode(foldedDomain(domain))}`
}

export function isEmail(address: string): boolean {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  return LOCAL.test(address.slice(0, at)) && DOMAIN.test(domain) && HOST.test(foldedDomain(domain))
}

/** The one form that a domain is compared in: `Müller.de` and `xn--mller-kva.de` are the second. */
export function foldedDomain(domain: string): string {
  const lower = domain.toLowerCase()
  // What no fold exists for stays what it is, and is refused by `isEmail`.
  return isAscii(lower) ? lower : domainToASCII(lower) || lower
}

const isAscii = (text: string) => /^\p{ASCII}*$/u.test(text)

/** @param expected what a refusal says */
export const emailSaying = (expected: string) =>
  z
    .string(expected)
    .overwrite(tidyEmail)
    .max(LONGEST_EMAIL, `${expected}, of at most ${LONGEST_EMAIL} characters`)
    .refine(isEmail, expected)
    .meta({ format: 'email' })

/** An address given at a door. */
export const emailAddress = emailSaying(EMAIL_EXPECTED)

/** The address in what somebody else's server told; null where there is none, because "n/a" is nobody. */
export function emailIn(value: unknown): string | null {
  const read = emailAddress.safeParse(value)
  return read.success ? read.data : null
}
