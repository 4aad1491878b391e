/**
 * Promise 21: the feed is the truth. After any history, whoever adds up the events from the first number on has every balance
 * and every counter; each step tells one event at most, and every chain verifies.
 */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { recordRefund } from '../core/conversion/refund.ts'
import { whatIf } from '../core/conversion/what-if.ts'
import { addDays, dayOf } from '../core/kit/time.ts'
import { balanceAt } from '../core/ledger/ledger.ts'
import { verifyCounters, verifyFeeds } from '../core/ledger/verify-counts.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import { getProject } from '../core/project/project.ts'
import { retried } from '../db/retried.ts'
import { type Programme, withProgramme } from '../test/programme.ts'
import { replayFeed, type Replayed } from '../test/replay.ts'
import { invoicePaid, subscriptionCheckout } from '../test/stripe-events.ts'

const CODES = ['ANN', 'BEN', 'CAT'] as const
const code = fc.constantFrom(...CODES)
const person = fc.constantFrom('p1', 'p2', 'p3')
const amount = fc.integer({ min: 1, max: 50_000 })
const pick = fc.nat(20)
const step = <Kind extends string, Rest extends object>(
  kind: Kind,
  rest: { [Name in keyof Rest]: fc.Arbitrary<Rest[Name]> },
) => fc.record({ kind: fc.constant(kind), ...rest }) as unknown as fc.Arbitrary<{ kind: Kind } & Rest>

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: step('invoice', {
      person,
      amount,
      code: fc.option(code),
      known: fc.boolean(),
      daysAgo: fc.nat(3),
      currency: fc.constantFrom('usd', 'usd', 'eur'),
    }),
  },
  { weight: 2, arbitrary: step('checkout', { person, amount, code }) },
  {
    weight: 1,
    arbitrary: step('claim', { person, amount, code, type: fc.constantFrom('purchase', 'signup', 'trial') }),
  },
  {
    weight: 2,
    arbitrary: step('call', {
      person,
      amount,
      code,
      type: fc.constantFrom('purchase', 'signup', 'trial'),
      given: fc.option(amount),
    }),
  },
  { weight: 3, arbitrary: step('review', { pick, status: fc.constantFrom('approved', 'denied', 'unqualified') }) },
  {
    weight: 2,
    arbitrary: step('correct', {
      pick,
      change: fc.oneof(
        fc.record({ base_value: amount.map((cents) => cents / 100) }),
        fc.record({ value: amount.map((cents) => cents / 100) }),
        fc.record({ type: fc.constantFrom('purchase', 'signup') }),
        fc.record({ base_value_currency: fc.constantFrom('USD', 'EUR') }),
        fc.record({ paid: fc.boolean() }),
      ),
    }),
  },
  { weight: 2, arbitrary: step('refund', { pick, amount }) },
  { weight: 2, arbitrary: step('dispute', { pick, amount, state: fc.constantFrom('opened', 'won', 'lost') }) },
  { weight: 2, arbitrary: step('pay', { code }) },
  { weight: 1, arbitrary: step('unpay', { pick }) },
  {
    weight: 1,
    arbitrary: step('terms', {
      percent: fc.integer({ min: 1, max: 50 }),
      holdDays: fc.constantFrom(0, 2),
      duration: fc.constantFrom('lifetime', 'first'),
    }),
  },
  { weight: 1, arbitrary: step('removeConversion', { pick }) },
  { weight: 1, arbitrary: step('removePerson', { person }) },
  { weight: 1, arbitrary: step('removeAffiliate', {}) },
  { weight: 1, arbitrary: step('wait', {}) },
)
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never

describe('promise 21: the feed is the truth', () => {
  withProgramme(
    'after every step of any history, replaying the feed gives every balance and counter',
    async (programme) => {
      for (const one of ['ANN', 'BEN']) await programme.addAffiliate(one)
      await programme.db.updateTable('affiliate').set({ parent_id: 1 }).where('id', '=', 2).execute()
      await programme.db
        .updateTable('commission_rule')
        .set({ second_kind: 'percent', second_basis_points: 500 })
        .execute()
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 12 }), async (steps) => {
          round += 1
          await programme.call('POST', '/affiliates', { email: 'cat@example.com', referral_code: 'CAT' })
          for (const [index, one] of steps.entries()) {
            await take(programme, one, `${round}-${index}`, round)
            await expectTrue(programme, one)
          }
          await expectDecidedAsStored(programme)
        }),
        { numRuns: programme.engine === 'sqlite' ? 25 : 8 },
      )
    },
    240_000,
  )
})

async function take(programme: Programme, one: Step, id: string, round: number): Promise<void> {
  const { db, clock, projectId } = programme
  const now = clock.now()
  const buyer =
    'person' in one
      ? {
          email: `${one.person}-${round}@example.com`,
          customer: `cus_${one.person}_${round}`,
          subscription: `sub_${one.person}_${round}`,
        }
      : undefined
  const conversions = await db
    .selectFrom('conversion')
    .select('id')
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(21)
    .execute()
  const picked = 'pick' in one && conversions.length > 0 ? conversions[one.pick % conversions.length]?.id : undefined
  const refund = (fact: {
    kind: 'refund' | 'dispute'
    state?: 'opened' | 'won' | 'lost'
    external_id: string
    amount: number
  }) =>
    retried(db, async (tx) =>
      recordRefund(
        tx,
        await getProject(tx, projectId),
        picked as number,
        { provider: 'stripe', reason: null, occurred_at: now, ...fact },
        now,
      ),
    )
  if (one.kind === 'invoice' && buyer) {
    const at = `${addDays(now.slice(0, 10), -one.daysAgo)}T10:00:00.000Z`
    await programme.deliver(
      invoicePaid({
        id: `in_${id}`,
        total: one.amount,
        currency: one.currency,
        at,
        ...buyer,
        email: one.known ? buyer.email : null,
        metadata: one.code ? { referral_code: one.code as string } : {},
      }),
    )
  }
  if (one.kind === 'checkout' && buyer)
    await programme.deliver(
      subscriptionCheckout({
        id: `cs_${id}`,
        amount: one.amount,
        code: one.code,
        invoice: `in_of_${id}`,
        at: now,
        ...buyer,
      }),
    )
  if (one.kind === 'claim' && buyer)
    await programme.report({
      project_id: projectId,
      type: one.type,
      email: buyer.email,
      value: one.amount / 100,
      referral_code: one.code,
      idempotency_key: id,
    })
  if (one.kind === 'call' && buyer)
    await programme.call('POST', '/conversions', {
      type: one.type,
      email: buyer.email,
      base_value: one.amount / 100,
      referral_code: one.code,
      reference: id,
      ...(one.given != null && { value: Number(one.given) / 100 }),
    })
  if (one.kind === 'review' && picked) await programme.call('PUT', `/conversions/${picked}`, { status: one.status })
  if (one.kind === 'correct' && picked) await programme.call('PUT', `/conversions/${picked}`, one.change)
  if (one.kind === 'refund' && picked) await refund({ kind: 'refund', external_id: `re_${id}`, amount: one.amount })
  if (one.kind === 'dispute' && picked)
    await refund({ kind: 'dispute', state: one.state, external_id: `dp_${picked}`, amount: one.amount })
  if (one.kind === 'pay') await programme.call('POST', '/payouts', { affiliate_id: CODES.indexOf(one.code) + 1 })
  if (one.kind === 'unpay') {
    const payouts = await db
      .selectFrom('payout')
      .select('id')
      .where('status', '=', 'paid')
      .orderBy('id', 'desc')
      .limit(5)
      .execute()
    const chosen = payouts[one.pick % Math.max(payouts.length, 1)]
    if (chosen) await programme.call('DELETE', `/payouts/${chosen.id}`)
  }
  if (one.kind === 'terms') {
    await programme.setTerms({ percent: one.percent, holdDays: one.holdDays })
    const { id: newest } = await db
      .selectFrom('commission_rule')
      .select('id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    await db
      .updateTable('commission_rule')
      .set({ duration: one.duration as 'first', second_kind: 'percent', second_basis_points: 500 })
      .where('id', '=', newest)
      .execute()
  }
  if (one.kind === 'removeConversion' && picked) await programme.call('DELETE', `/conversions/${picked}`)
  if (one.kind === 'removePerson' && buyer)
    await programme.call('DELETE', `/referrals/${encodeURIComponent(buyer.email)}`)
  if (one.kind === 'removeAffiliate') await programme.call('DELETE', '/affiliates/cat%40example.com')
  if (one.kind === 'wait') clock.set(`${addDays(now.slice(0, 10), 1)}${now.slice(10)}`)
}

async function expectTrue(programme: Programme, one: Step): Promise<void> {
  const { db, clock } = programme
  const replayed = await replayFeed(programme)
  expect(replayed.balances, JSON.stringify(one)).toEqual(await balancesIn(programme))
  expect(replayed.counters, JSON.stringify(one)).toEqual(await countersIn(programme))
  await retried(db, async (tx) => {
    expect(await verifyLedger(tx, clock.now())).toMatchObject({ ok: true })
    expect([...(await verifyFeeds(tx)), ...(await verifyCounters(tx))]).toEqual([])
  })
}

/** Promise 22: what the decisions kept is enough to come to them again. */
async function expectDecidedAsStored({ db, projectId, clock }: Programme): Promise<void> {
  const span = { from: '2026-01-01', to: dayOf(clock.now()) }
  const outcome = await retried(db, async (tx) => whatIf(tx, await getProject(tx, projectId), span, {}))
  expect(outcome).toMatchObject({ changed: 0, winners_changed: 0, by_affiliate: [] })
}

async function balancesIn({ db, clock }: Programme): Promise<Replayed['balances']> {
  const rows = await db.selectFrom('balance').selectAll().execute()
  return Object.fromEntries(
    rows
      .map((row) => [row.affiliate_id, balanceAt(row, clock.now())] as const)
      .filter(([, { total, paid, held }]) => total !== 0 || paid !== 0 || held !== 0)
      .map(([id, { currency, total, paid, held, eligible }]) => [`${id} ${currency}`, { total, paid, held, eligible }]),
  )
}

async function countersIn({ db }: Programme): Promise<Replayed['counters']> {
  const rows = await db
    .selectFrom('rollup')
    .innerJoin('affiliate', 'affiliate.id', 'rollup.affiliate_id')
    .selectAll('rollup')
    .where('deleted_at', 'is', null)
    .execute()
  return Object.fromEntries(
    rows.flatMap((row) =>
      (['signups', 'purchases', 'other_events'] as const)
        .filter((counter) => row[counter] !== 0)
        .map((counter) => [`${row.affiliate_id} ${row.period} ${counter}`, row[counter]]),
    ),
  )
}
