/** What the owner decides about an affiliate: to let them in or turn them down, to pause and to resume. */
import type { Affiliate, Instant, Tx } from '../../db/schema.ts'
import type { AffiliateWithCode } from './affiliate.ts'
import { changeAffiliate } from './change.ts'
import { getAffiliate } from './affiliate.ts'
import { DomainError } from '../kit/errors.ts'

/**
 * Somebody who was turned down stays on record as inactive: their address cannot apply again and again, and no email is sent,
 * because many applications come from nobody. `resume` lets them in after all.
 */
const DECISIONS = {
  approve: { from: 'pending', to: 'active' },
  reject: { from: 'pending', to: 'inactive' },
  pause: { from: 'active', to: 'inactive' },
  resume: { from: 'inactive', to: 'active' },
} as const satisfies Record<string, { from: Affiliate['status']; to: Affiliate['status'] }>

export type Decision = keyof typeof DECISIONS

/** @throws DomainError 'affiliate_not_found' | 'invalid_request' when the affiliate is in another state */
export async function decideAffiliate(
  tx: Tx,
  projectId: number,
  affiliateId: number,
  decision: Decision,
  now: Instant,
): Promise<AffiliateWithCode> {
  const { from, to } = DECISIONS[decision]
  const { email, status } = await getAffiliate(tx, projectId, affiliateId)
  if (status !== from)
    throw new DomainError(
      'invalid_request',
      `${email} is ${status}; only somebody who is ${from} can be ${DONE[decision]}`,
    )
  return changeAffiliate(tx, projectId, affiliateId, { status: to }, now)
}

const DONE: Record<Decision, string> = {
  approve: 'approved',
  reject: 'rejected',
  pause: 'paused',
  resume: 'resumed',
}
