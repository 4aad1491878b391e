/** Adds up the feed from its first number, as any reader of `GET /api/v1/events` can: balances and counters follow from it alone. */
import { toMinor } from '../core/kit/money.ts'
import type { Instant } from '../db/schema.ts'
import type { Programme } from './programme.ts'

interface Effect {
  conversion: string
  counted: { affiliate_id: string; as: string; day: string } | null
  commissions: { tier: number; affiliate_id: string; amount: string; currency: string; release_at: Instant | null }[]
}

interface Paid {
  affiliate_id: string
  amount: string
  currency: string
  release_at: Instant | null
  status: string
}

export interface Replayed {
  /** `affiliate currency` -> minor units. */
  balances: Record<string, { total: number; paid: number; held: number; eligible: number }>
  /** `affiliate period counter` -> how many. */
  counters: Record<string, number>
}

export async function replayFeed(programme: Programme): Promise<Replayed> {
  const effects = new Map<string, Effect>()
  const payouts = new Map<string, Paid>()
  const deleted = new Set<string>()
  for (let after = 0; ;) {
    const { data, pagination } = (await programme.get(`/api/v1/events?limit=100&after=${after}`)).body
    for (const { payload: told, type } of data) {
      if (told.effect) effects.set(told.effect.conversion, told.effect)
      if (told.payout) payouts.set(told.payout.id, { ...told.payout, affiliate_id: told.referrer.id })
      if (type === 'affiliate_deleted') deleted.add(told.referrer.id)
    }
    after = pagination.next_after
    if (!pagination.has_more) break
  }
  return {
    balances: balancesOf(effects, payouts, deleted, programme.clock.now()),
    counters: countersOf(effects, deleted),
  }
}

function balancesOf(effects: Map<string, Effect>, payouts: Map<string, Paid>, deleted: Set<string>, now: Instant) {
  const balances: Replayed['balances'] = {}
  const of = (affiliate: string, currency: string) =>
    (balances[`${affiliate} ${currency}`] ??= { total: 0, paid: 0, held: 0, eligible: 0 })
  const isHeld = (releaseAt: Instant | null) => releaseAt === null || releaseAt > now
  for (const { commissions } of effects.values())
    for (const { affiliate_id, amount, currency, release_at } of commissions) {
      if (deleted.has(affiliate_id)) continue
      const balance = of(affiliate_id, currency)
      const minor = toMinor(amount, currency)
      balance.total += minor
      if (isHeld(release_at)) balance.held += minor
    }
  for (const { affiliate_id, amount, currency, release_at, status } of payouts.values()) {
    if (status !== 'paid') continue
    const balance = of(affiliate_id, currency)
    const minor = toMinor(amount, currency)
    balance.paid += minor
    // What a deleted affiliate was paid is all they ever had.
    if (deleted.has(affiliate_id)) balance.total += minor
    else if (isHeld(release_at)) balance.held -= minor
  }
  for (const [key, balance] of Object.entries(balances)) {
    balance.eligible = balance.total - balance.paid - balance.held
    if (balance.total === 0 && balance.paid === 0 && balance.held === 0) delete balances[key]
  }
  return balances
}

/** Of affiliates who are there: what a deleted one brought stays in the project's sums as it was. */
function countersOf(effects: Map<string, Effect>, deleted: Set<string>): Record<string, number> {
  const counters: Record<string, number> = {}
  for (const { counted } of effects.values())
    if (counted && !deleted.has(counted.affiliate_id))
      for (const period of [counted.day, 'all']) {
        const key = `${counted.affiliate_id} ${period} ${counted.as}`
        counters[key] = (counters[key] ?? 0) + 1
      }
  return counters
}
