/** Payouts: eligible money that left for an affiliate, and its way back when that was a mistake. */
import { randomUUID } from 'node:crypto'
import type { Commission, Instant, LedgerEntry, Payout, Project, Tx } from '../../db/schema.ts'
import { netOf, UNDECIDED } from '../ledger/net.ts'
import { lockAffiliates } from '../affiliate/lock.ts'
import { DomainError } from '../kit/errors.ts'
import { recordEvent } from '../news/feed.ts'
import { post } from '../ledger/ledger.ts'
import { languageOf } from '../project/language.ts'
import { queueMail } from '../news/mail.ts'
import { formatMinor } from '../kit/money.ts'
import { lockBalance } from '../ledger/locked-balance.ts'
import { closeRequests } from './request.ts'

export interface NewPayout {
  affiliate_id: number
  /** Minor units; without it all that is eligible. */
  amount?: number
  /** Without it the project's. */
  currency?: string
  method?: string
  note?: string | null
}

/**
 * Pays eligible money by hand: held money waits, a negative balance is never paid. What the affiliate asked for in this currency
 * is done with it.
 * @throws DomainError 'affiliate_not_found' | 'nothing_to_pay' when the amount is not eligible
 */
export async function createPayout(tx: Tx, project: Project, payout: NewPayout, now: Instant): Promise<Payout> {
  const currency = payout.currency ?? project.currency
  const balance = await lockBalance(tx, project.id, payout.affiliate_id, currency, now)
  const amount = payout.amount ?? balance.eligible
  if (amount <= 0 || amount > balance.eligible) {
    const eligible = formatMinor(balance.eligible, currency)
    throw new DomainError('nothing_to_pay', `amount: expected at most the eligible ${eligible} ${currency}`)
  }
  const row = await insertPayout(tx, project, { ...payout, amount, currency }, now)
  await book(tx, row, 'payout', now, now)
  await markPaid(tx, row, amount === balance.eligible ? Infinity : amount, now)
  await closeRequests(tx, row.affiliate_id, 'paid', now, currency)
  await announce(tx, project, row, 'payout_created', now, now)
  return row
}

/** `paid: true` by API: these commissions were paid by hand, also before their hold ended; one payout each. */
export async function payCommissions(tx: Tx, project: Project, commissions: Commission[], now: Instant): Promise<void> {
  const made: { row: Payout; release_at: Instant }[] = []
  for (const commission of commissions) {
    const amount = netOf(commission)
    if (amount <= 0 || commission.payout_id !== null) continue
    const { affiliate_id, currency } = commission
    const row = await insertPayout(
      tx,
      project,
      { affiliate_id, amount, currency, note: `commission ${commission.id}` },
      now,
    )
    await tx.updateTable('commission').set({ payout_id: row.id }).where('id', '=', commission.id).execute()
    await book(tx, row, 'payout', commission.release_at, now)
    made.push({ row, release_at: commission.release_at })
  }
  // After all bookings: the feed's lock is the last one taken, so that two payouts never wait for each other.
  for (const { row, release_at } of made) await announce(tx, project, row, 'payout_created', release_at, now)
}

/**
 * The money came back, or never left: it is owed again.
 * @throws DomainError 'payout_not_found' | 'payout_reversed'
 */
export async function reversePayout(tx: Tx, project: Project, payoutId: number, now: Instant): Promise<Payout> {
  const known = await tx
    .selectFrom('payout')
    .select('affiliate_id')
    .where('id', '=', payoutId)
    .where('project_id', '=', project.id)
    .executeTakeFirst()
  if (!known) throw new DomainError('payout_not_found', 'Payout not found')
  // Before the payout and its commissions, as every sale does.
  await lockAffiliates(tx, [known.affiliate_id])
  const row = await tx
    .updateTable('payout')
    .set({ status: 'reversed', reversed_at: now })
    .where('id', '=', payoutId)
    .where('project_id', '=', project.id)
    .where('status', '=', 'paid')
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new DomainError('payout_reversed', `Payout ${payoutId} was reversed before`)
  const paid = await tx
    .selectFrom('ledger_entry')
    .select('release_at')
    .where('affiliate_id', '=', row.affiliate_id)
    .where('kind', '=', 'payout')
    .where('payout_id', '=', row.id)
    .executeTakeFirstOrThrow()
  await tx.updateTable('commission').set({ payout_id: null }).where('payout_id', '=', row.id).execute()
  await book(tx, row, 'payout_reversal', paid.release_at, now)
  await announce(tx, project, row, 'payout_reversed', paid.release_at, now)
  return row
}

const insertPayout = (
  tx: Tx,
  project: Project,
  { affiliate_id, amount, currency, method = 'manual', note = null }: NewPayout & { amount: number; currency: string },
  now: Instant,
): Promise<Payout> =>
  tx
    .insertInto('payout')
    .values({
      uuid: randomUUID(),
      project_id: project.id,
      affiliate_id,
      amount,
      currency,
      method,
      note,
      status: 'paid',
      created_at: now,
      reversed_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()

const noteOf = ({ id }: Payout) => `payout ${id}`

async function book(
  tx: Tx,
  payout: Payout,
  kind: LedgerEntry['kind'],
  releaseAt: Instant,
  now: Instant,
): Promise<void> {
  const { project_id, affiliate_id, amount, currency } = payout
  const accounts =
    kind === 'payout'
      ? ({ debit: 'payable', credit: 'paid' } as const)
      : ({ debit: 'paid', credit: 'payable' } as const)
  const entry = { project_id, affiliate_id, kind, ...accounts, amount, currency, release_at: releaseAt }
  const cause = kind === 'payout' ? ('payout' as const) : ('payout_reversed' as const)
  const about = { cause, payout_id: payout.id, commission_id: null, conversion_id: null, refund_id: null }
  await post(tx, { ...entry, ...about, note: noteOf(payout) }, now)
}

/** Marks the oldest released commissions that the amount covers, so that each conversion can say whether it was paid. */
async function markPaid(tx: Tx, payout: Payout, covered: number, now: Instant): Promise<void> {
  const open = await tx
    .selectFrom('commission')
    .selectAll()
    .where('affiliate_id', '=', payout.affiliate_id)
    .where('currency', '=', payout.currency)
    .where('payout_id', 'is', null)
    .where('void', '=', 0)
    .where('release_at', '<=', now)
    .orderBy('id')
    .execute()
  let left = covered
  const paid = open.filter((commission) => {
    if (netOf(commission) > left) return false
    left -= netOf(commission)
    return true
  })
  for (const { id } of paid)
    await tx.updateTable('commission').set({ payout_id: payout.id }).where('id', '=', id).execute()
}

async function announce(
  tx: Tx,
  project: Project,
  payout: Payout,
  type: 'payout_created' | 'payout_reversed',
  releaseAt: Instant,
  now: Instant,
) {
  const { email, language } = await tx
    .selectFrom('affiliate')
    .select(['email', 'language'])
    .where('id', '=', payout.affiliate_id)
    .executeTakeFirstOrThrow()
  const { amount, currency, method } = payout
  if (type === 'payout_created') {
    const fields = { amount, currency, method }
    await queueMail(
      tx,
      project,
      {
        recipient: email,
        template: 'payout',
        language: languageOf({ language }, project),
        fields,
        once_key: noteOf(payout),
      },
      now,
    )
  }
  const payload = {
    referrer: { id: String(payout.affiliate_id), email },
    payout: {
      id: `pay_${payout.id}`,
      amount: formatMinor(amount, currency),
      currency,
      method,
      status: payout.status,
      // When the money that was paid would have been released; null: it was held by a dispute.
      release_at: releaseAt === UNDECIDED ? null : releaseAt,
    },
  }
  await recordEvent(tx, project.id, { type, subject: noteOf(payout), payload }, now)
}
