/** Who asks, as every route of the widget decides it: a signed hash or a log-in proves an email address, nothing else does. */
import { z } from 'zod'
import { useSession } from '../../core/affiliate/session.ts'
import { type AffiliateWithCode, getAffiliate } from '../../core/affiliate/affiliate.ts'
import { emailAddress } from '../../core/kit/email-address.ts'
import { emailKey } from '../../core/kit/email.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { orNone } from '../../core/kit/lenient.ts'
import { settingsOf } from '../../core/project/settings.ts'
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { hmacMatches, type Sealer } from '../../secrets.ts'

export const projectId = z.union([z.number().int(), z.string().max(64)])

/** The fields of `Identity` in every body. */
export const identity = {
  project_id: projectId,
  email: orNone(emailAddress),
  hash: z.string().max(256).optional(),
  hash_at: z.union([z.number(), z.string().max(64)]).optional(),
  token: z.string().max(256).optional(),
}

export interface Asker {
  /** As the host page or the log-in says; null when nobody knows it. */
  email: string | null
  /** Only a proven email address sees or changes anything of an affiliate. */
  proven: boolean
}

export interface Claim {
  email?: string | null | undefined
  hash?: string | undefined
  /** Unix seconds: when `hash` was made, and part of what it signs. */
  hash_at?: number | string | undefined
  token?: string | undefined
}

/**
 * The host page's signature goes before a log-in remembered by the browser: it says who sits there now. Absent is unproven, but
 * wrong is an error of the host page that must not pass unseen.
 * @throws DomainError 'wrong_hash' (also missing, where the project asks for signatures) | 'session_expired'
 */
export async function whoAsks(tx: Tx, project: Project, claim: Claim, sealer: Sealer, now: Instant): Promise<Asker> {
  const { email: address, hash, hash_at, token } = claim
  if (address && hash) {
    checkSignature(project, { address, hash, at: hash_at }, sealer, now)
    return { email: address, proven: true }
  }
  refuseWithoutHash(project)
  if (!token) return { email: address || null, proven: false }

  const owner = await useSession(tx, project.id, token, now)
  if (!owner) throw new DomainError('session_expired', 'This log-in is not good any more; ask for a new code')
  return { email: owner, proven: true }
}

/**
 * The affiliate who asks, for what only they may do.
 * @throws DomainError as `whoAsks`, 'session_expired' also when nothing is proven | 'affiliate_not_found' (proven, not joined)
 */
export async function affiliateWhoAsks(
  tx: Tx,
  project: Project,
  claim: Claim,
  sealer: Sealer,
  now: Instant,
): Promise<AffiliateWithCode> {
  const asker = await whoAsks(tx, project, claim, sealer, now)
  if (!asker.proven || asker.email === null)
    throw new DomainError('session_expired', 'Expected data-user-hash or a log-in')
  return getAffiliate(tx, project.id, asker.email)
}

/** Where the host page must sign addresses, there is no log-in by code and no way past a missing hash. */
export function refuseWithoutHash(project: Project): void {
  if (settingsOf(project).identity_verification) throw wrongHash('is missing')
}

interface Signature {
  address: string
  hash: string
  at: number | string | undefined
}

/** Of a signature with a time, where the project does not say. */
const MAX_AGE_HOURS = 24
/** The clocks of two servers differ. */
const AHEAD_SECONDS = 300

/**
 * Signed is the address alone, or the address, a line feed and the time. While the secret is being exchanged, the one before
 * it counts too.
 */
function checkSignature(project: Project, { address, hash, at }: Signature, sealer: Sealer, now: Instant): void {
  const { identity_max_age_hours } = settingsOf(project)
  const timed = at !== undefined && at !== ''
  if (!timed && identity_max_age_hours !== null)
    throw wrongHash('has no time: this project asks for data-user-hash-at too', TIMED)

  // A host signs `x@müller.de` as it is written there, or as DNS has it.
  const forms = [...new Set([emailKey(address), address.toLowerCase()])]
  const texts = forms.map((form) => (timed ? `${form}\n${at}` : form))
  const secrets = secretsOf(project, now).map((sealed) => sealer.open(sealed))
  if (!secrets.some((secret) => texts.some((text) => hmacMatches(secret, text, hash))))
    throw wrongHash('does not match', timed ? TIMED : PLAIN)
  if (timed) checkAge(String(at), (identity_max_age_hours ?? MAX_AGE_HOURS) * 3600, now)
}

function checkAge(at: string, maxAge: number, now: Instant): void {
  const age = Math.floor(Date.parse(now) / 1000) - (/^\d{1,12}$/.test(at) ? Number(at) : Number.NaN)
  if (Number.isNaN(age)) throw wrongHash('has a time that is not Unix seconds', TIMED)
  if (age > maxAge) throw wrongHash(`is older than ${maxAge / 3600} h`, TIMED)
  if (age < -AHEAD_SECONDS) throw wrongHash('was made in the future: compare the clocks of the servers', TIMED)
}

function secretsOf(project: Project, now: Instant): string[] {
  const { hmac_secret_sealed, hmac_secret_previous_sealed: previous, hmac_secret_previous_until: until } = project
  return previous !== null && until !== null && until > now ? [hmac_secret_sealed, previous] : [hmac_secret_sealed]
}

const PLAIN = 'hex HMAC-SHA256(project secret, lower-cased email address)'
const TIMED = 'hex HMAC-SHA256(project secret, lower-cased email address + "\\n" + data-user-hash-at)'

const wrongHash = (problem: string, expected = PLAIN) =>
  new DomainError('wrong_hash', `data-user-hash ${problem}: expected ${expected}`)
