/** Proves the ledger: every hash chain unbroken, every running total equal to the sum of its entries. */
import type { Instant, LedgerEntry, Tx } from '../db/schema.ts'
import { addEntry, type BalanceRow, balanceAt, emptyBalance, entryHash } from './ledger.ts'

export type Verdict = { ok: true; affiliates: number; entries: number } | { ok: false; problem: string }

/** Walks all chains. @param onProgress is told how many affiliates are done, of how many */
export async function verifyLedger(
  tx: Tx,
  now: Instant,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<Verdict> {
  const affiliates = await tx
    .selectFrom('affiliate')
    .select(['id', 'project_id', 'ledger_seq', 'ledger_hash'])
    .orderBy('id')
    .execute()
  let entries = 0
  for (const [index, affiliate] of affiliates.entries()) {
    const chain = await tx
      .selectFrom('ledger_entry')
      .selectAll()
      .where('affiliate_id', '=', affiliate.id)
      .orderBy('seq')
      .execute()
    const balances = await tx.selectFrom('balance').selectAll().where('affiliate_id', '=', affiliate.id).execute()
    const problem = brokenChain(affiliate, chain) ?? wrongBalance(affiliate.id, chain, balances, now)
    if (problem) return { ok: false, problem }
    entries += chain.length
    onProgress(index + 1, affiliates.length)
  }
  return { ok: true, affiliates: affiliates.length, entries }
}

function brokenChain(
  affiliate: { id: number; ledger_seq: number; ledger_hash: string },
  chain: LedgerEntry[],
): string | undefined {
  let previous = ''
  for (const [index, entry] of chain.entries()) {
    const name = `ledger entry ${entry.id} (affiliate ${affiliate.id}, number ${entry.seq})`
    if (entry.seq !== index + 1) return `${name}: expected number ${index + 1}; an entry is missing before it`
    if (entry.prev_hash !== previous) return `${name}: does not follow the entry before it`
    if (entry.hash !== entryHash(entry)) return `${name}: its content does not match its hash`
    previous = entry.hash
  }
  if (affiliate.ledger_seq !== chain.length || affiliate.ledger_hash !== previous) {
    return `affiliate ${affiliate.id}: the chain should end at number ${affiliate.ledger_seq}, but ends at ${chain.length}`
  }
  return undefined
}

function wrongBalance(
  affiliateId: number,
  chain: LedgerEntry[],
  stored: BalanceRow[],
  now: Instant,
): string | undefined {
  const sums = new Map<string, BalanceRow>()
  for (const entry of chain)
    sums.set(
      entry.currency,
      addEntry(sums.get(entry.currency) ?? emptyBalance(affiliateId, entry.currency), entry, now),
    )
  for (const currency of new Set([...sums.keys(), ...stored.map((row) => row.currency)])) {
    const expected = JSON.stringify(balanceAt(sums.get(currency) ?? emptyBalance(affiliateId, currency), now))
    const actual = JSON.stringify(
      balanceAt(stored.find((row) => row.currency === currency) ?? emptyBalance(affiliateId, currency), now),
    )
    if (expected !== actual)
      return `affiliate ${affiliateId}, ${currency}: the entries sum to ${expected}, the running totals say ${actual}`
  }
  return undefined
}
