/** What a provider's ids stand for here. */
import type { Instant, ProviderLink, Tx } from '../db/schema.ts'
import { DomainError } from './errors.ts'
import { getReferral } from './referral-record.ts'
import type { ReferralWithCode } from './referral.ts'

/** Remembers an id's meaning; the first one stays. */
export async function linkProviderId(
  tx: Tx,
  link: Pick<ProviderLink, 'project_id' | 'provider' | 'kind' | 'external_id' | 'referral_id' | 'conversion_id'>,
  now: Instant,
): Promise<void> {
  await tx
    .insertInto('provider_link')
    .values({ ...link, created_at: now })
    .onConflict((clash) => clash.columns(['project_id', 'provider', 'kind', 'external_id']).doNothing())
    .execute()
}

/** The person a provider's customer id stands for. @throws DomainError 'customer_not_found' */
export async function referralOfCustomer(
  tx: Tx,
  projectId: number,
  provider: string,
  customerId: string,
): Promise<ReferralWithCode> {
  const link = await tx
    .selectFrom('provider_link')
    .innerJoin('referral', 'referral.id', 'provider_link.referral_id')
    .select('referral.id')
    .where('provider_link.project_id', '=', projectId)
    .where('provider_link.provider', '=', provider)
    .where('provider_link.kind', '=', 'customer')
    .where('provider_link.external_id', '=', customerId)
    .where('referral.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!link)
    throw new DomainError('customer_not_found', `No purchase of the ${provider} customer ${customerId} is known here`)
  return getReferral(tx, projectId, link.id)
}
