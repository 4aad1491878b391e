/** Who asks, as every route of the widget decides it: a signed hash or a log-in proves an e-mail, anything else does not. */
import { z } from 'zod'
import { useSession } from '../core/affiliate-session.ts'
import { type AffiliateWithCode, getAffiliate } from '../core/affiliate.ts'
import { emailAddress } from '../core/email-address.ts'
import { emailKey } from '../core/email.ts'
import { DomainError } from '../core/errors.ts'
import { orNone } from '../core/lenient.ts'
import { settingsOf } from '../core/settings.ts'
import type { Instant, Project, Tx } from '../db/schema.ts'
import { hmacMatches, type Sealer } from '../secrets.ts'

export const projectId = z.union([z.number().int(), z.string().max(64)])

/** The fields of `Identity` in every body. */
export const identity = {
  project_id: projectId,
  email: orNone(emailAddress),
  hash: z.string().max(256).optional(),
  token: z.string().max(256).optional(),
}

export interface Asker {
  /** As the host page or the log-in tells it; null when nobody knows it. */
  email: string | null
  /** Only a proven e-mail sees or changes anything of an affiliate. */
  proven: boolean
}

export interface Claim {
  email?: string | null | undefined
  hash?: string | undefined
  token?: string | undefined
}

/**
 * The host page's signature goes before a log-in remembered by the browser: it says who sits there now. Absent is unproven, but
 * wrong is an error of the host page that must not pass unseen.
 * @throws DomainError 'wrong_hash' (also missing, where the project asks for signatures) | 'session_expired'
 */
export async function whoAsks(
  tx: Tx,
  project: Project,
  { email: address, hash, token }: Claim,
  sealer: Sealer,
  now: Instant,
): Promise<Asker> {
  if (address && hash) {
    const secret = sealer.open(project.hmac_secret_sealed)
    // A host signs `x@müller.de` as it is written there, or as DNS has it.
    const signed = new Set([emailKey(address), address.toLowerCase()])
    if ([...signed].some((form) => hmacMatches(secret, form, hash))) return { email: address, proven: true }
    throw wrongHash('does not match')
  }
  refuseWithoutHash(project)
  if (!token) return { email: address || null, proven: false }

  const owner = await useSession(tx, project.id, token, now)
  if (!owner) throw new DomainError('session_expired', 'This log-in is not good any more; ask for a new code')
  return { email: owner, proven: true }
}

/**
 * The affiliate who asks, for what only he may do.
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

const wrongHash = (problem: string) =>
  new DomainError(
    'wrong_hash',
    `data-user-hash ${problem}: expected hex HMAC-SHA256(project secret, lower-cased email)`,
  )
