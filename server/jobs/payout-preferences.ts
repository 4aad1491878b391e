/**
 * `referrer.payout_preferences` of outgoing webhooks (spec: "Webhook Events"). Accounts are sealed at rest, so they are put in
 * when the event is sent: neither the feed nor the log of deliveries holds them, and a later attempt tells the newest.
 */
import type { Context } from '../context.ts'
import { findPayoutMethod, type PayoutMethodDetails } from '../core/payout/method.ts'
import type { Claim } from '../core/news/attempt.ts'

/** The claim as it is, where the event is about no affiliate or he is paid neither by PayPal nor by Wise. */
export async function withPayoutPreferences(
  { db, sealer }: Pick<Context, 'db' | 'sealer'>,
  claim: Claim,
): Promise<Claim> {
  const { delivery } = claim
  const body = JSON.parse(delivery.body) as { referrer?: { id?: string | null } | null }
  const id = Number(body.referrer?.id ?? Number.NaN)
  if (!Number.isSafeInteger(id)) return claim
  const method = await findPayoutMethod(db, delivery.project_id, id)
  if (method?.kind !== 'paypal' && method?.kind !== 'wise') return claim

  const details = JSON.parse(sealer.open(method.sealed)) as PayoutMethodDetails & { email: string }
  const payout_preferences = {
    paypal_email: details.kind === 'paypal' ? details.email : null,
    wise_details: details.kind === 'wise' ? { email: details.email } : null,
  }
  const told = { ...body, referrer: { ...body.referrer, payout_preferences } }
  return { ...claim, delivery: { ...delivery, body: JSON.stringify(told) } }
}
