/**
 * Deleting people. They are gone for every caller and their personal data is erased; the ledger keeps its entries under a
 * pseudonym and books the reversal, so that the books still balance.
 */
import { doLast, type Last } from '../db/last.ts'
import type { Affiliate, Instant, Project, Referral, Tx } from '../db/schema.ts'
import { deleteConversion } from './conversion-change.ts'
import { lockAffiliates } from './conversion-lock.ts'
import { recordEvent } from './event.ts'
import { balanceAt, post } from './ledger.ts'
import { countAffiliate } from './project.ts'

/** Not a deliverable address, and never anybody's: the domain is reserved. */
const pseudonym = (kind: string, id: number) => `deleted-${kind}-${id}@deleted.invalid`

/** Removes an affiliate: what he is still owed is reversed, what was paid stays paid, his referrals and codes are nobody's. */
export async function deleteAffiliate(tx: Tx, project: Project, affiliate: Affiliate, now: Instant): Promise<void> {
  const { id } = affiliate
  // People before affiliates: the one order of locks.
  await tx
    .updateTable('referral')
    .set({ affiliate_id: null, proof: null, claimed_at: null, status: 'direct', updated_at: now })
    .where('affiliate_id', '=', id)
    .execute()
  await reverseBalance(tx, affiliate, now)
  await tx.updateTable('commission').set({ void: 1 }).where('affiliate_id', '=', id).execute()
  await tx
    .updateTable('conversion')
    .set({ affiliate_id: null, link_id: null, updated_at: now })
    .where('affiliate_id', '=', id)
    .execute()
  await tx.deleteFrom('coupon').where('affiliate_id', '=', id).execute()
  await tx.deleteFrom('payout_method').where('affiliate_id', '=', id).execute()
  await tx.deleteFrom('payout_request').where('affiliate_id', '=', id).execute()
  await tx.deleteFrom('login_code').where('affiliate_id', '=', id).execute()
  await tx.deleteFrom('affiliate_session').where('affiliate_id', '=', id).execute()
  await tx.updateTable('affiliate').set({ parent_id: null }).where('parent_id', '=', id).execute()
  // The codes are free again; the rows stay, because clicks point at them.
  const links = await tx.selectFrom('link').select('id').where('affiliate_id', '=', id).execute()
  for (const link of links) {
    const code = `deleted:${link.id}`
    await tx.updateTable('link').set({ code, code_key: code, clicks_before: null }).where('id', '=', link.id).execute()
  }
  await tx.deleteFrom('code_claim').where('project_id', '=', project.id).where('affiliate_id', '=', id).execute()
  const email = pseudonym('affiliate', id)
  await tx
    .updateTable('affiliate')
    .set({
      email,
      email_key: email,
      name: null,
      company: null,
      website: null,
      language: null,
      partner_slug: null,
      status: 'inactive',
      deleted_at: now,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
  await doLast(tx, ADDRESSES, [{ projectId: project.id, address: affiliate.email, instead: email }])
  await countAffiliate(tx, project.id, -1)
  const payload = { referrer: { id: String(id) } }
  await recordEvent(tx, project.id, { type: 'affiliate_deleted', subject: `affiliate ${id}`, payload }, now)
}

/** Removes a referred person with the conversions. */
export async function deleteReferral(tx: Tx, project: Project, referral: Referral, now: Instant): Promise<void> {
  const conversions = await tx
    .selectFrom('conversion')
    .select('id')
    .where('referral_id', '=', referral.id)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  // The person, then all affiliates in one order: two deletions must not wait for each other.
  await tx.updateTable('referral').set({ updated_at: now }).where('id', '=', referral.id).execute()
  await lockOwners(
    tx,
    conversions.map(({ id }) => id),
  )
  for (const { id } of conversions) await deleteConversion(tx, project, id, now)
  const email = pseudonym('referral', referral.id)
  await tx
    .updateTable('referral')
    .set({
      email,
      email_key: email,
      affiliate_id: null,
      proof: null,
      claimed_at: null,
      deleted_at: now,
      updated_at: now,
    })
    .where('id', '=', referral.id)
    .execute()
  await doLast(tx, ADDRESSES, [{ projectId: project.id, address: referral.email, instead: email }])
}

async function lockOwners(tx: Tx, conversionIds: number[]): Promise<void> {
  if (conversionIds.length === 0) return
  const owners = await tx
    .selectFrom('commission')
    .select('affiliate_id')
    .distinct()
    .where('conversion_id', 'in', conversionIds)
    .execute()
  await lockAffiliates(
    tx,
    owners.map(({ affiliate_id }) => affiliate_id),
  )
}

/** One entry per currency and release: afterwards nothing is eligible and nothing held; a debt is forgiven. */
async function reverseBalance(tx: Tx, { id, project_id }: Affiliate, now: Instant): Promise<void> {
  const balances = await tx
    .selectFrom('balance')
    .selectAll()
    .where('affiliate_id', '=', id)
    .orderBy('currency')
    .execute()
  for (const row of balances) {
    const { eligible } = balanceAt(row, now)
    const held = Object.entries(JSON.parse(row.held) as Record<Instant, number>).filter(([release]) => release > now)
    for (const [release_at, amount] of [...held, [now, eligible] as const]) {
      if (amount === 0) continue
      await post(
        tx,
        {
          project_id,
          affiliate_id: id,
          currency: row.currency,
          release_at,
          commission_id: null,
          note: 'affiliate deleted',
          kind: amount > 0 ? 'debit' : 'credit',
          debit: amount > 0 ? 'payable' : 'expense',
          credit: amount > 0 ? 'expense' : 'payable',
          amount: Math.abs(amount),
        },
        now,
      )
    }
  }
}

/** After the feed was written: what the deletion itself told names the person too. */
const ADDRESSES: Last<{ projectId: number; address: string; instead: string }> = {
  order: 4,
  async run(tx, people) {
    for (const { projectId, address, instead } of people) await eraseAddress(tx, projectId, address, instead)
  },
}

/** The address in what was told already: the feed, delivered webhooks and mails. What still waits is told as it was. */
async function eraseAddress(tx: Tx, projectId: number, address: string, instead: string): Promise<void> {
  const text = JSON.stringify(address).slice(1, -1)
  const events = await tx
    .selectFrom('event')
    .select(['id', 'payload'])
    .where('project_id', '=', projectId)
    .where('payload', 'like', `%${likeText(text)}%`)
    .execute()
  for (const { id, payload } of events)
    await tx
      .updateTable('event')
      .set({ payload: payload.replaceAll(text, instead) })
      .where('id', '=', id)
      .execute()
  const deliveries = await tx
    .selectFrom('webhook_delivery')
    .select(['id', 'body'])
    .where('project_id', '=', projectId)
    .where('status', '<>', 'pending')
    .where('body', 'like', `%${likeText(text)}%`)
    .execute()
  for (const { id, body } of deliveries)
    await tx
      .updateTable('webhook_delivery')
      .set({ body: body.replaceAll(text, instead) })
      .where('id', '=', id)
      .execute()
  await tx.deleteFrom('mail').where('project_id', '=', projectId).where('recipient', '=', address).execute()
  // A mail to the owner names him: a payout he asked for; or tells of him alone, when he applied.
  const mails = await tx
    .selectFrom('mail')
    .select(['id', 'template', 'fields'])
    .where('project_id', '=', projectId)
    .where('fields', 'like', `%${likeText(text)}%`)
    .execute()
  for (const { id, template, fields } of mails)
    if (template === 'application' && fields.includes(text)) await tx.deleteFrom('mail').where('id', '=', id).execute()
    else
      await tx
        .updateTable('mail')
        .set({ fields: fields.replaceAll(text, instead) })
        .where('id', '=', id)
        .execute()
}

/** `_` and `%` match more than themselves; more is harmless here, for the replacement is exact. */
const likeText = (text: string) => text.replaceAll('\\', '_')
