/** Proves the ledger: every hash chain unbroken, every running total equal to the sum of its entries. Reads in pages. */
import type { Instant, LedgerEntry, Tx } from '../../db/schema.ts'
import { type BalanceRow, balanceAt, emptyBalance, entryHash } from './ledger.ts'

export type Verdict = { ok: true; affiliates: number; entries: number } | { ok: false; problem: string }

const AFFILIATES = 500
const ENTRIES = 2000

/**
 * Walks all chains. `tx` must see one moment (db/snapshot.ts), or what is sold meanwhile looks broken.
 * @param onProgress is told how many affiliates are done, of how many
 */
export async function verifyLedger(
  tx: Tx,
  now: Instant,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<Verdict> {
  const { of } = await tx
    .selectFrom('affiliate')
    .select((eb) => eb.fn.countAll<number>().as('of'))
    .executeTakeFirstOrThrow()
  let [affiliates, entries, last] = [0, 0, 0]
  for (;;) {
    const heads = await headsAfter(tx, last)
    const end = heads.at(-1)?.id
    if (end === undefined) return { ok: true, affiliates, entries }
    const chains = new Map(heads.map((head) => [head.id, new Chain(head)]))
    for await (const entry of entriesOf(tx, last, end)) {
      const problem = chains.get(entry.affiliate_id)?.follow(entry)
      if (problem) return { ok: false, problem }
      entries += 1
    }
    const balances = Map.groupBy(await balancesOf(tx, last, end), (row) => row.affiliate_id)
    for (const chain of chains.values()) {
      const problem = chain.wrongEnd() ?? chain.wrongBalance(balances.get(chain.head.id) ?? [], now)
      if (problem) return { ok: false, problem }
    }
    last = end
    affiliates += heads.length
    onProgress(affiliates, of)
  }
}

type Head = Awaited<ReturnType<typeof headsAfter>>[number]

const headsAfter = (tx: Tx, last: number) =>
  tx
    .selectFrom('affiliate')
    .select(['id', 'ledger_seq', 'ledger_hash'])
    .where('id', '>', last)
    .orderBy('id')
    .limit(AFFILIATES)
    .execute()

/** All entries of the affiliates after `first`, up to `end`, chain after chain. */
async function* entriesOf(tx: Tx, first: number, end: number): AsyncGenerator<LedgerEntry> {
  let [affiliate, seq] = [first, Number.MAX_SAFE_INTEGER]
  for (;;) {
    const page = await tx
      .selectFrom('ledger_entry')
      .selectAll()
      .where((eb) => eb(eb.refTuple('affiliate_id', 'seq'), '>', eb.tuple(affiliate, seq)))
      .where('affiliate_id', '<=', end)
      .orderBy('affiliate_id')
      .orderBy('seq')
      .limit(ENTRIES)
      .execute()
    yield* page
    const newest = page.at(-1)
    if (!newest || page.length < ENTRIES) return
    affiliate = newest.affiliate_id
    seq = newest.seq
  }
}

const balancesOf = (tx: Tx, first: number, end: number) =>
  tx.selectFrom('balance').selectAll().where('affiliate_id', '>', first).where('affiliate_id', '<=', end).execute()

/** What an affiliate's entries come to in one currency. */
interface Sum {
  earned: number
  paid: number
  held: Map<Instant, number>
}

class Chain {
  readonly head: Head
  #seq = 0
  #hash = ''
  #newest: Instant = ''
  #sums = new Map<string, Sum>()

  constructor(head: Head) {
    this.head = head
  }

  /** @returns what is wrong with the entry */
  follow(entry: LedgerEntry): string | undefined {
    const name = `ledger entry ${entry.id} (affiliate ${entry.affiliate_id}, number ${entry.seq})`
    if (entry.seq !== this.#seq + 1) return `${name}: expected number ${this.#seq + 1}; an entry is missing before it`
    if (entry.prev_hash !== this.#hash) return `${name}: does not follow the entry before it`
    if (entry.hash !== entryHash(entry)) return `${name}: its content does not match its hash`
    this.#seq = entry.seq
    this.#hash = entry.hash
    if (entry.created_at > this.#newest) this.#newest = entry.created_at
    this.#add(entry)
    return undefined
  }

  wrongEnd(): string | undefined {
    const { id, ledger_seq, ledger_hash } = this.head
    if (ledger_seq === this.#seq && ledger_hash === this.#hash) return undefined
    return `affiliate ${id}: the chain should end at number ${ledger_seq}, but ends at ${this.#seq}`
  }

  /** As of `now`, or of the newest entry: another process may have booked it a moment after this one looked at its clock. */
  wrongBalance(stored: BalanceRow[], now: Instant): string | undefined {
    const { id } = this.head
    const at = this.#newest > now ? this.#newest : now
    for (const currency of new Set([...this.#sums.keys(), ...stored.map((row) => row.currency)])) {
      const expected = readable(this.#rowOf(currency), at)
      const actual = readable(stored.find((row) => row.currency === currency) ?? emptyBalance(id, currency), at)
      if (expected !== actual)
        return `affiliate ${id}, ${currency}: the entries sum to ${expected}, the running totals say ${actual}`
    }
    return undefined
  }

  #add({ currency, debit, credit, amount, release_at }: LedgerEntry): void {
    const sum = this.#sums.get(currency) ?? { earned: 0, paid: 0, held: new Map<Instant, number>() }
    const owed = credit === 'payable' ? amount : -amount
    if ((credit === 'payable' ? debit : credit) === 'paid') sum.paid -= owed
    else sum.earned += owed
    sum.held.set(release_at, (sum.held.get(release_at) ?? 0) + owed)
    this.#sums.set(currency, sum)
  }

  #rowOf(currency: string): BalanceRow {
    const { earned, paid, held } = this.#sums.get(currency) ?? { earned: 0, paid: 0, held: new Map<Instant, number>() }
    const releases = [...held].filter(([, amount]) => amount !== 0)
    return { ...emptyBalance(this.head.id, currency), earned, paid, held: JSON.stringify(Object.fromEntries(releases)) }
  }
}

/** The balance as people read it, and what is held until when. */
function readable(row: BalanceRow, at: Instant): string {
  const held = Object.entries(JSON.parse(row.held) as Record<Instant, number>)
  const releases = held.filter(([release]) => release > at).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({ ...balanceAt(row, at), releases: Object.fromEntries(releases) })
}
