/**
 * The append-only ledger: money moves from one account to another, is never edited, and every affiliate's entries form a
 * hash chain. Running totals are kept in the same transaction, so that reading a balance costs one row.
 */
import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { BalanceTable, Instant, LedgerEntry, Tx } from '../db/schema.ts'
import { prepared } from './prepared.ts'

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
  | 'commission_id'
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

  const [before] = await selectBalance(tx, { affiliate_id, currency })
  await upsertBalance(tx, addEntry(before ?? emptyBalance(affiliate_id, currency), entry, now))
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
      clash.columns(['affiliate_id', 'currency']).doUpdateSet({ earned: row.earned, paid: row.paid, held: row.held }),
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
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

export const emptyBalance = (affiliateId: number, currency: string): BalanceRow => ({
  affiliate_id: affiliateId,
  currency,
  earned: 0,
  paid: 0,
  held: '{}',
})

/**
 * The running totals after one more entry. Money whose release has passed is dropped from `held`: it is eligible now. A
 * payout of held money (`release_at` to come) takes it out of `held`.
 */
export function addEntry(
  row: BalanceRow,
  entry: Pick<LedgerEntry, 'debit' | 'credit' | 'amount' | 'release_at'>,
  now: Instant,
): BalanceRow {
  const held = heldAfter(row.held, now)
  const owed = entry.credit === 'payable' ? entry.amount : -entry.amount
  if (entry.release_at > now) {
    const amount = (held[entry.release_at] ?? 0) + owed
    if (amount === 0) delete held[entry.release_at]
    else held[entry.release_at] = amount
  }
  const counterpart = entry.credit === 'payable' ? entry.debit : entry.credit
  const moved = counterpart === 'paid' ? { paid: row.paid - owed } : { earned: row.earned + owed }
  return { ...row, ...moved, held: JSON.stringify(held) }
}

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
