/**
 * Deleting people. They are gone for every caller and their personal data is erased; the ledger keeps its entries under a
 * pseudonym and books the reversal, so that the books still balance.
 */
import type { Affiliate, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { deleteConversion } from '../conversion/change.ts'
import { lockAffiliates } from '../affiliate/lock.ts'
import { recordEvent } from '../news/feed.ts'
import { balanceAt, post } from '../ledger/ledger.ts'
import { countAffiliate } from '../project/project.ts'
import type { Person } from '../kit/redact.ts'

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
  await planErasure(tx, project.id, `affiliate ${id}`, affiliate, { instead: email, customer_ids: [] }, now)
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
  const customer_ids = await customerIdsOf(tx, referral)
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
  await planErasure(tx, project.id, `referral ${referral.id}`, referral, { instead: email, customer_ids }, now)
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
          cause: 'affiliate_deleted',
          commission_id: null,
          conversion_id: null,
          refund_id: null,
          payout_id: null,
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

/**
 * Plans the rest: the address in what was stored and sent, of any size, is erased by a job right after this transaction. Mails
 * to the person are gone at once, so that none is sent any more.
 */
async function planErasure(
  tx: Tx,
  projectId: number,
  person: string,
  { email, email_key }: Pick<Referral, 'email' | 'email_key'>,
  more: Pick<Person, 'instead' | 'customer_ids'>,
  now: Instant,
): Promise<void> {
  await tx.deleteFrom('mail').where('project_id', '=', projectId).where('recipient', 'in', [email, email_key]).execute()
  const fields: Person = { addresses: spellingsOf(email, email_key), ...more }
  await tx
    .insertInto('erasure')
    .values({
      project_id: projectId,
      person,
      fields: JSON.stringify(fields),
      next_attempt_at: now,
      error: null,
      created_at: now,
    })
    .execute()
}

/** A domain in letters of any script is also written in those of ASCII. */
function spellingsOf(email: string, key: string): string[] {
  const at = key.lastIndexOf('@')
  const domain = URL.parse(`http://${key.slice(at + 1)}`)?.hostname
  return [...new Set([email.trim(), key, ...(domain ? [`${key.slice(0, at)}@${domain}`] : [])])]
}

/** What payment providers call the person. */
async function customerIdsOf(tx: Tx, { id, project_id }: Referral): Promise<string[]> {
  const links = await tx
    .selectFrom('provider_link')
    .select('external_id')
    .where('project_id', '=', project_id)
    .where('kind', '=', 'customer')
    .where('referral_id', '=', id)
    .execute()
  const sales = await tx
    .selectFrom('conversion')
    .select('customer_id')
    .distinct()
    .where('referral_id', '=', id)
    .where('customer_id', 'is not', null)
    .execute()
  return [...new Set([...links.map(({ external_id }) => external_id), ...sales.map((sale) => sale.customer_id ?? '')])]
}
