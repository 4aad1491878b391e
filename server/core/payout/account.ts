/** Changing where an affiliate's payouts go. */
import type { Instant, PayoutMethod, Tx } from '../../db/schema.ts'
import { type AffiliateWithCode, recordAffiliateEvent } from '../affiliate/affiliate.ts'
import { mailboxHash } from '../kit/email.ts'
import { maskedMethod, type PayoutMethodDetails } from './method.ts'
import { closeRequests } from './request.ts'

/** `sealed` is JSON of the checked details, sealed by the caller: core holds no keys. */
export type SealedMethod = Pick<PayoutMethod, 'kind' | 'sealed' | 'masked' | 'mailbox_hash'>

/** As it is stored: sealed, masked for everybody but the payer, and, where it is an address, comparable with a buyer's. */
export const storedMethod = (
  projectId: number,
  method: PayoutMethodDetails,
  seal: (text: string) => string,
): SealedMethod => ({
  kind: method.kind,
  masked: maskedMethod(method),
  sealed: seal(JSON.stringify(method)),
  mailbox_hash: 'email' in method ? mailboxHash(projectId, method.email) : null,
})

/** @param method null removes the account; nothing can be paid then, so what he asked for is taken back with it */
export async function setPayoutMethod(
  tx: Tx,
  affiliate: AffiliateWithCode,
  method: SealedMethod | null,
  now: Instant,
): Promise<void> {
  const { id: affiliate_id, project_id } = affiliate
  await tx.updateTable('affiliate').set({ updated_at: now }).where('id', '=', affiliate_id).execute()
  if (method) {
    const columns = { ...method, updated_at: now }
    await tx
      .insertInto('payout_method')
      .values({ affiliate_id, project_id, ...columns })
      .onConflict((clash) => clash.column('affiliate_id').doUpdateSet(columns))
      .execute()
  } else {
    await tx.deleteFrom('payout_method').where('affiliate_id', '=', affiliate_id).execute()
    await closeRequests(tx, affiliate_id, 'withdrawn', now)
  }
  await recordAffiliateEvent(tx, 'affiliate_updated', affiliate, now)
}
