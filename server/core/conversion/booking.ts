/** Commissions and the ledger: every change of what a conversion earns is booked as the difference, never as an edit. */
import type { Commission, Conversion, Instant, LedgerEntry, Tx } from '../../db/schema.ts'
import type { Earned } from '../terms/commission.ts'
import { post } from '../ledger/ledger.ts'
import { shareOf } from '../kit/money.ts'
import { netOf, UNDECIDED } from '../ledger/net.ts'
import { prepared } from '../kit/prepared.ts'
import { dayOf } from '../kit/time.ts'

/** Books what a conversion earns an affiliate on one tier; a commission that was void comes back with the new terms. */
export async function bookCommission(
  tx: Tx,
  conversion: Conversion,
  affiliateId: number,
  tier: 1 | 2,
  earned: Omit<Earned, 'scope'>,
  now: Instant,
): Promise<Commission> {
  // A sale that was refunded in part before it was approved (again) earns the rest.
  const taken_back = conversion.refunded ? shareOf(earned.amount, conversion.refunded, conversion.amount ?? 0) : 0
  const { amount, currency, rule_id, rule_version, rate_basis_points } = earned
  const held = conversion.disputed ? { release_at: UNDECIDED, release_before: earned.release_at } : undefined
  const release = held ?? { release_at: earned.release_at, release_before: null }
  const what = { amount, currency, rule_id, rule_version, rate_basis_points, ...release }
  const terms = { affiliate_id: affiliateId, ...what, taken_back, void: 0 }
  const facts = { project_id: conversion.project_id, conversion_id: conversion.id, tier, created_at: now }
  const commission = (await upsertCommission(tx, { facts, terms }))[0] as Commission
  await move(tx, commission, netOf(commission), 'commission', tier === 1 ? null : 'second tier', now)
  await earnOn(tx, commission, dayOf(conversion.occurred_at), netOf(commission))
  return commission
}

type Terms = Omit<Commission, 'id' | 'project_id' | 'conversion_id' | 'tier' | 'payout_id' | 'created_at'>
type Facts = Pick<Commission, 'project_id' | 'conversion_id' | 'tier' | 'created_at'>

const upsertCommission = prepared((tx, { facts, terms }: { facts: Facts; terms: Terms }) =>
  tx
    .insertInto('commission')
    .values({ ...facts, ...terms, payout_id: null })
    .onConflict((clash) =>
      clash.columns(['conversion_id', 'tier']).doUpdateSet((eb) => ({
        ...terms,
        // What was paid to him stays paid, else it could be paid twice; in another currency it is owed, and the old one a debt.
        payout_id: eb
          .case()
          .when(
            eb.and([
              eb('commission.affiliate_id', '=', terms.affiliate_id),
              eb('commission.currency', '=', terms.currency),
            ]),
          )
          .then(eb.ref('commission.payout_id'))
          .else(null)
          .end(),
      })),
    )
    .returningAll(),
)

/**
 * Changes what a commission is worth and books the difference: a clawback when it falls, a commission when it rises. Money
 * that was paid already is carried as a debt against the next payout.
 */
export async function changeCommission(
  tx: Tx,
  commission: Commission,
  change: Partial<
    Pick<Commission, 'amount' | 'taken_back' | 'void' | 'rule_id' | 'rule_version' | 'rate_basis_points'>
  >,
  note: string,
  now: Instant,
): Promise<Commission> {
  const changed = { ...commission, ...change }
  const difference = netOf(changed) - netOf(commission)
  await tx.updateTable('commission').set(change).where('id', '=', commission.id).execute()
  await move(tx, commission, difference, difference < 0 ? 'clawback' : 'commission', note, now)
  await earnOn(tx, commission, dayOf(now), difference)
  return changed
}

/** Holds a commission until its dispute is decided, or gives it its own release back: the same money, out and in again. */
export async function moveRelease(tx: Tx, commission: Commission, disputed: boolean, now: Instant): Promise<void> {
  const release_at = disputed ? UNDECIDED : (commission.release_before ?? commission.release_at)
  const moved = { ...commission, release_at, release_before: disputed ? commission.release_at : null }
  const { release_before } = moved
  await tx.updateTable('commission').set({ release_at, release_before }).where('id', '=', commission.id).execute()
  const note = disputed ? 'held: dispute' : 'dispute decided'
  await move(tx, commission, -netOf(commission), 'clawback', note, now)
  await move(tx, moved, netOf(commission), 'commission', note, now)
}

/** The conversion's commissions of both tiers, locked with their conversion by the caller. */
export const commissionsOf = (tx: Tx, conversionId: number): Promise<Commission[]> =>
  tx.selectFrom('commission').selectAll().where('conversion_id', '=', conversionId).orderBy('tier').execute()

/** Takes everything back. */
export async function voidCommissions(tx: Tx, conversionId: number, note: string, now: Instant): Promise<void> {
  for (const commission of await commissionsOf(tx, conversionId)) {
    if (!commission.void) await changeCommission(tx, commission, { void: 1 }, note, now)
  }
}

async function move(
  tx: Tx,
  commission: Commission,
  difference: number,
  kind: LedgerEntry['kind'],
  note: string | null,
  now: Instant,
): Promise<void> {
  if (difference === 0) return
  await post(
    tx,
    {
      project_id: commission.project_id,
      affiliate_id: commission.affiliate_id,
      kind,
      debit: difference > 0 ? 'expense' : 'payable',
      credit: difference > 0 ? 'payable' : 'expense',
      amount: Math.abs(difference),
      currency: commission.currency,
      release_at: commission.release_at,
      commission_id: commission.id,
      note,
    },
    now,
  )
}

/** What the affiliate's chart shows for a day. */
async function earnOn(tx: Tx, { affiliate_id, currency }: Commission, day: string, amount: number): Promise<void> {
  if (amount === 0) return
  await addEarning(tx, { affiliate_id, day, currency, amount })
}

const addEarning = prepared((tx, row: { affiliate_id: number; day: string; currency: string; amount: number }) =>
  tx
    .insertInto('daily_earning')
    .values(row)
    .onConflict((clash) =>
      clash
        .columns(['affiliate_id', 'day', 'currency'])
        .doUpdateSet((eb) => ({ amount: eb('daily_earning.amount', '+', eb.ref('excluded.amount')) })),
    ),
)
