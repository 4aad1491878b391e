/**
 * The append-only ledger: money moves from one account to another, is never edited, and every affiliate's entries form a
 * hash chain. Running totals are kept in the same transaction, so that reading a balance costs one row.
 */
import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { BalanceTable, Instant, LedgerEntry, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { addDays, dayOf } from '../kit/time.ts'

export type NewEntry = Pick<
  LedgerEntry,
  | 'project_id'
  | 'affiliate_id'
  | 'kind'
  | 'debit'
  | 'credit'
  | 'amount'
  | 'currency'
  | 'release_at'
  | 'cause'
  | 'commission_id'
  | 'conversion_id'
  | 'refund_id'
  | 'payout_id'
  | 'note'
>

export type BalanceRow = Selectable<BalanceTable>

/** total = eligible + held + paid, always; minor units. */
export interface Balance {
  currency: string
  total: number
  eligible: number
  held: number
  paid: number
  next_release: { at: Instant; amount: number } | null
}

/** Appends one entry to the affiliate's chain and moves his running totals. The first statement locks his row. */
export async function post(tx: Tx, entry: NewEntry, now: Instant): Promise<LedgerEntry> {
  const { affiliate_id, currency } = entry
  const [head] = await lockChain(tx, { affiliate_id })
  if (!head) throw new Error(`No affiliate ${affiliate_id}`)

  const content = { ...entry, seq: head.ledger_seq, created_at: now, prev_hash: head.ledger_hash }
  const hash = entryHash(content)
  const [row] = await insertEntry(tx, { row: { ...content, hash } })
  await setHead(tx, { affiliate_id, hash })

  const before = (await selectBalance(tx, { affiliate_id, currency }))[0] ?? emptyBalance(affiliate_id, currency)
  await upsertBalance(tx, isUnsettled(before, now) ? await summedUp(tx, before, now) : addEntry(before, content, now))
  return row as LedgerEntry
}

const lockChain = prepared((tx, { affiliate_id }: { affiliate_id: number }) =>
  tx
    .updateTable('affiliate')
    .set((eb) => ({ ledger_seq: eb('ledger_seq', '+', eb.lit(1)) }))
    .where('id', '=', affiliate_id)
    .returning(['ledger_seq', 'ledger_hash']),
)

const setHead = prepared((tx, { affiliate_id, hash }: { affiliate_id: number; hash: string }) =>
  tx.updateTable('affiliate').set({ ledger_hash: hash }).where('id', '=', affiliate_id),
)

const insertEntry = prepared((tx, { row }: { row: Omit<LedgerEntry, 'id'> }) =>
  tx.insertInto('ledger_entry').values(row).returningAll(),
)

const selectBalance = prepared((tx, { affiliate_id, currency }: { affiliate_id: number; currency: string }) =>
  tx.selectFrom('balance').selectAll().where('affiliate_id', '=', affiliate_id).where('currency', '=', currency),
)

const upsertBalance = prepared((tx, row: BalanceRow) =>
  tx
    .insertInto('balance')
    .values(row)
    .onConflict((clash) =>
      clash
        .columns(['affiliate_id', 'currency'])
        .doUpdateSet({ earned: row.earned, paid: row.paid, held: row.held, settled_to: row.settled_to }),
    ),
)

/** SHA-256 over the entry's content and the hash before it; a changed or removed entry breaks every later one. */
export function entryHash(entry: Omit<LedgerEntry, 'id' | 'hash'>): string {
  const content = [
    entry.prev_hash,
    entry.project_id,
    entry.affiliate_id,
    entry.seq,
    entry.kind,
    entry.debit,
    entry.credit,
    entry.amount,
    entry.currency,
    entry.release_at,
    entry.commission_id,
    entry.note,
    entry.created_at,
    // Entries of a version before these columns keep the hash they have.
    ...(entry.cause === null ? [] : [entry.cause, entry.conversion_id, entry.refund_id, entry.payout_id]),
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

export const emptyBalance = (affiliateId: number, currency: string): BalanceRow => ({
  affiliate_id: affiliateId,
  currency,
  earned: 0,
  paid: 0,
  held: '{}',
  settled_to: null,
})

/** The running totals after one more entry. A payout of held money (`release_at` to come) takes it out of `held`. */
export function addEntry(
  row: BalanceRow,
  entry: Pick<LedgerEntry, 'debit' | 'credit' | 'amount' | 'release_at' | 'created_at'>,
  now: Instant,
): BalanceRow {
  const owed = entry.credit === 'payable' ? entry.amount : -entry.amount
  const counterpart = entry.credit === 'payable' ? entry.debit : entry.credit
  const moved = counterpart === 'paid' ? { paid: row.paid - owed } : { earned: row.earned + owed }
  if (entry.release_at <= entry.created_at && !wasHeld(entry.release_at) && row.held === '{}')
    return { ...row, ...moved }

  const held = JSON.parse(row.held) as Record<Instant, number>
  if (entry.release_at > entry.created_at || wasHeld(entry.release_at))
    held[entry.release_at] = (held[entry.release_at] ?? 0) + owed
  return { ...row, ...moved, ...settled(held, row.settled_to, now) }
}

/**
 * Money is held until a midnight (releaseOf), and what passed is kept in `held` for a month: a balance is right for a time
 * before the last entry's too, as it must be when that entry's process had a clock that was ahead. A sale without a hold is
 * released at its own moment, which would be a key per sale: those go as soon as they have passed.
 */
const KEPT_DAYS = 31
const wasHeld = (release: Instant) => release.endsWith('T00:00:00.000Z')

function settled(
  held: Record<Instant, number>,
  settledTo: Instant | null,
  now: Instant,
): Pick<BalanceRow, 'held' | 'settled_to'> {
  const before = addDays(dayOf(now), -KEPT_DAYS)
  let settled_to = settledTo
  for (const [release, amount] of Object.entries(held)) {
    if (amount !== 0 && (release > now || (wasHeld(release) && release > before))) continue
    delete held[release]
    if (amount !== 0 && wasHeld(release) && release > (settled_to ?? '')) settled_to = release
  }
  return { held: JSON.stringify(held), settled_to }
}

/** The row let go of money that `now` is still held: it was last written by a clock that was more than a month ahead. */
export const isUnsettled = (row: Pick<BalanceRow, 'settled_to'>, now: Instant): boolean =>
  row.settled_to !== null && row.settled_to > now

/** What the running totals must be, from all entries; the affiliate's row is locked by then. */
export async function summedUp(
  tx: Tx,
  { affiliate_id, currency }: Pick<BalanceRow, 'affiliate_id' | 'currency'>,
  now: Instant,
): Promise<BalanceRow> {
  const entries = await tx
    .selectFrom('ledger_entry')
    .select(['debit', 'credit', 'amount', 'release_at', 'created_at'])
    .where('affiliate_id', '=', affiliate_id)
    .where('currency', '=', currency)
    .orderBy('seq')
    .execute()
  return entries.reduce((row, entry) => addEntry(row, entry, now), emptyBalance(affiliate_id, currency))
}

/** Rewrites some of the running totals that a clock spoiled. @returns how many; 0: none is left */
export async function settleAgain(tx: Tx, now: Instant): Promise<number> {
  const rows = await tx
    .selectFrom('balance')
    .select(['affiliate_id', 'currency'])
    .where('settled_to', '>', now)
    .orderBy('affiliate_id')
    .orderBy('currency')
    .limit(AT_ONCE)
    .execute()
  for (const row of rows) {
    await tx
      .updateTable('affiliate')
      .set((eb) => ({ ledger_seq: eb.ref('ledger_seq') }))
      .where('id', '=', row.affiliate_id)
      .execute()
    await upsertBalance(tx, await summedUp(tx, row, now))
  }
  return rows.length
}

const AT_ONCE = 50

/** A running-totals row as people read it at `now`. */
export function balanceAt(row: Pick<BalanceRow, 'currency' | 'earned' | 'paid' | 'held'>, now: Instant): Balance {
  const releases = Object.entries(heldAfter(row.held, now)).sort(([a], [b]) => (a < b ? -1 : 1))
  const held = releases.reduce((sum, [, amount]) => sum + amount, 0)
  const next = releases.find(([at, amount]) => amount > 0 && !at.startsWith('9999'))
  return {
    currency: row.currency,
    total: row.earned,
    eligible: row.earned - row.paid - held,
    held,
    paid: row.paid,
    next_release: next ? { at: next[0], amount: next[1] } : null,
  }
}

const heldAfter = (held: string, now: Instant): Record<Instant, number> =>
  held === '{}'
    ? {}
    : Object.fromEntries(
        Object.entries(JSON.parse(held) as Record<Instant, number>).filter(([release]) => release > now),
      )
