/** Brings the books of a conversion to what its tiers are entitled to: the difference is posted, nothing is edited. */
import type { Commission, Conversion, Instant, LedgerEntry, Tx } from '../../db/schema.ts'
import { post } from '../ledger/ledger.ts'
import { netOf, UNDECIDED } from '../ledger/net.ts'
import { prepared } from '../kit/prepared.ts'
import { dayOf } from '../kit/time.ts'
import type { Cause } from './cause.ts'
import type { Entitlement } from './entitlement.ts'

/** A commission as it is now. */
export interface Booked {
  commission: Commission
  /** It was not owed before this step. */
  isNew: boolean
  /** It is worth something else, is owed to somebody else, or released at another time. */
  changed: boolean
}

/** @param wanted one entitlement per tier at most; a tier without one holds nothing afterwards */
export async function book(
  tx: Tx,
  conversion: Conversion,
  wanted: Entitlement[],
  cause: Cause,
  now: Instant,
): Promise<Booked[]> {
  const held = await commissionsOf(tx, conversion.id)
  const booked: Booked[] = []
  for (const tier of [1, 2] as const) {
    const want = wanted.find((one) => one.tier === tier)
    const hold = held.find((one) => one.tier === tier)
    if (want) booked.push(await bring(tx, conversion, hold, want, cause, now))
    else if (hold) booked.push(await takeBack(tx, hold, cause, now))
  }
  return booked
}

/** The conversion's commissions of both tiers, locked with their conversion by the caller. */
export const commissionsOf = (tx: Tx, conversionId: number): Promise<Commission[]> =>
  selectCommissions(tx, { conversionId })

const selectCommissions = prepared((tx, { conversionId }: { conversionId: number }) =>
  tx.selectFrom('commission').selectAll().where('conversion_id', '=', conversionId).orderBy('tier'),
)

async function takeBack(tx: Tx, hold: Commission, cause: Cause, now: Instant): Promise<Booked> {
  if (hold.void) return { commission: hold, isNew: false, changed: false }
  const commission = { ...hold, void: 1 }
  await changeCommission(tx, { id: hold.id, void: 1 })
  await move(tx, hold, -netOf(hold), cause, now)
  await earnOn(tx, hold, dayOf(now), -netOf(hold))
  return { commission, isNew: false, changed: netOf(hold) !== 0 }
}

async function bring(
  tx: Tx,
  conversion: Conversion,
  hold: Commission | undefined,
  want: Entitlement,
  cause: Cause,
  now: Instant,
): Promise<Booked> {
  const same = hold && hold.affiliate_id === want.affiliate_id && hold.currency === want.currency
  // Once it was paid out, another release moves nothing.
  const base =
    same && hold.payout_id !== null && !hold.void ? (hold.release_before ?? hold.release_at) : want.release_at
  const terms = {
    affiliate_id: want.affiliate_id,
    amount: want.amount,
    currency: want.currency,
    taken_back: want.taken_back,
    void: 0,
    rule_id: want.rule_id,
    rule_version: want.rule_version,
    rate_basis_points: want.rate_basis_points,
    release_at: want.disputed ? UNDECIDED : base,
    release_before: want.disputed ? base : null,
    // What was paid stays paid, or it could be paid twice; in another currency it is owed, and the old one a debt.
    payout_id: same ? hold.payout_id : null,
  }
  if (!hold) {
    const [commission] = await insertCommission(tx, {
      project_id: conversion.project_id,
      conversion_id: conversion.id,
      tier: want.tier,
      created_at: now,
      ...terms,
    })
    return settle(tx, undefined, commission as Commission, conversion, cause, now)
  }
  const commission: Commission = { ...hold, ...terms }
  const unchanged = Object.entries(terms).every(([name, value]) => hold[name as keyof typeof terms] === value)
  if (unchanged) return { commission, isNew: false, changed: false }
  await changeCommission(tx, { id: hold.id, ...terms })
  return settle(tx, hold, commission, conversion, cause, now)
}

/** Posts what lies between the two states: one entry where they differ in the amount alone, else out and in again. */
async function settle(
  tx: Tx,
  before: Commission | undefined,
  after: Commission,
  conversion: Conversion,
  cause: Cause,
  now: Instant,
): Promise<Booked> {
  const was = before ? netOf(before) : 0
  const is = netOf(after)
  const isNew = !before || Boolean(before.void) || before.affiliate_id !== after.affiliate_id
  const moved =
    before &&
    (before.affiliate_id !== after.affiliate_id ||
      before.currency !== after.currency ||
      before.release_at !== after.release_at)
  if (before && moved) {
    await move(tx, before, -was, cause, now)
    await move(tx, after, is, cause, now)
  } else await move(tx, after, is - was, cause, now)

  const sameOwner = before && before.affiliate_id === after.affiliate_id && before.currency === after.currency
  if (before && !sameOwner) await earnOn(tx, before, dayOf(now), -was)
  const day = isNew ? dayOf(conversion.occurred_at) : dayOf(now)
  await earnOn(tx, after, day, before && sameOwner ? is - was : is)
  return { commission: after, isNew: isNew && is !== 0, changed: was !== is || Boolean(moved) }
}

type CommissionRow = Omit<Commission, 'id'>

const insertCommission = prepared((tx, row: CommissionRow) => tx.insertInto('commission').values(row).returningAll())

const changeCommission = prepared((tx, { id, ...change }: Partial<CommissionRow> & { id: number }) =>
  tx.updateTable('commission').set(change).where('id', '=', id),
)

async function move(tx: Tx, commission: Commission, difference: number, cause: Cause, now: Instant): Promise<void> {
  if (difference === 0) return
  const kind: LedgerEntry['kind'] = difference < 0 ? 'clawback' : 'commission'
  const entry = {
    project_id: commission.project_id,
    affiliate_id: commission.affiliate_id,
    kind,
    debit: difference > 0 ? ('expense' as const) : ('payable' as const),
    credit: difference > 0 ? ('payable' as const) : ('expense' as const),
    amount: Math.abs(difference),
    currency: commission.currency,
    release_at: commission.release_at,
    cause: cause.kind,
    commission_id: commission.id,
    conversion_id: commission.conversion_id,
    refund_id: cause.refund_id ?? null,
    payout_id: null,
    note: cause.note ?? (commission.tier === 2 && cause.kind === 'recorded' ? 'second tier' : null),
  }
  await post(tx, entry, now)
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
