/** Promises 6 and 11 for payment providers: whatever order their events come in, and however often, the money is the same. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import type { Instant } from '../../db/schema.ts'
import { createProgramme, type Programme, withProgramme } from '../../test/programme.ts'
import { onBothDatabases } from '../../test/databases.ts'
import { applyPaymentEvent } from './apply.ts'
import type { Dispute, Identity, Payment, PaymentEvent, Refund, Start } from './event.ts'
import { getProject } from '../project/project.ts'
import { verifyLedger } from '../ledger/verify.ts'

const at = (day: number): Instant => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString()
const told = (day: number, ids: Record<string, string>) => ({
  provider: 'stripe',
  test: false,
  ids,
  occurred_at: at(day),
})
const payment = (n: number, more: Partial<Payment> = {}): Payment => ({
  kind: 'payment',
  ...told(n * 30, { customer: 'cus', subscription: 'sub', invoice: `in_${n}` }),
  external_id: `in_${n}`,
  email: null,
  gross: 12_000,
  tax: 2_000,
  shipping: 0,
  currency: 'USD',
  product_id: null,
  payment_kind: n === 0 ? 'first' : 'renewal',
  clues: {},
  ...more,
})
const checkout: Identity = {
  kind: 'identity',
  ...told(0, { checkout: 'cs', customer: 'cus', subscription: 'sub', invoice: 'in_0' }),
  email: 'buyer@example.com',
  clues: { client_reference: 'ANN' },
}
const joined = (n: number): Identity => ({
  kind: 'identity',
  ...told(n * 30, { invoice: `in_${n}`, payment: `pi_${n}` }),
  email: null,
  clues: {},
})
const refund = (n: number, id: string, amount: number, more: Partial<Refund> = {}): Refund => ({
  kind: 'refund',
  ...told(n * 30 + 5, { payment: `pi_${n}`, charge: `ch_${n}` }),
  external_id: id,
  amount,
  currency: 'USD',
  cumulative: false,
  of: null,
  state: 'done',
  reason: null,
  ...more,
})
const dispute = (n: number, day: number, state: Dispute['state'], amount = 12_000): Dispute => ({
  kind: 'dispute',
  ...told(n * 30 + day, { payment: `pi_${n}`, charge: `ch_${n}` }),
  external_id: `dp_${n}`,
  amount,
  currency: 'USD',
  state,
})

/** As the intake does it: what waits is tried again after every event. */
async function tell({ db, clock }: Programme, events: PaymentEvent[]): Promise<void> {
  let waiting: PaymentEvent[] = []
  for (const event of events) {
    const again = [event, ...waiting]
    waiting = []
    for (const one of again) {
      const { status } = await db
        .transaction()
        .execute(async (tx) => applyPaymentEvent(tx, await getProject(tx, 1), one, clock.now()))
      if (status === 'waiting') waiting.push(one)
    }
  }
  expect(waiting).toEqual([])
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
}

const state = async (programme: Programme) => ({
  ann: await programme.earningsOf('ann@example.com'),
  sales: await programme.db
    .selectFrom('conversion')
    .leftJoin('commission', 'commission.conversion_id', 'conversion.id')
    .select([
      'external_id',
      'conversion.affiliate_id',
      'refunded',
      'disputed',
      'commission.amount',
      'taken_back',
      'void',
    ])
    .orderBy('external_id')
    .execute(),
})

describe('a life cycle', () => {
  withProgramme(
    'payments before their checkout, joined ids, partial refunds, a dispute that is won',
    async (programme) => {
      programme.clock.set(at(200))
      await programme.addAffiliate('ANN')
      await tell(programme, [payment(1), payment(0), refund(1, 're_1', 3000), joined(1), checkout])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '35.00', eligible: '35.00' })
      await tell(programme, [joined(0), dispute(0, 6, 'opened')])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({
        total: '35.00',
        eligible: '15.00',
        held: '20.00',
      })
      await tell(programme, [refund(1, 'ch_1', 6000, { cumulative: true, of: 12_000 })])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({
        total: '30.00',
        eligible: '10.00',
        held: '20.00',
      })
      await tell(programme, [dispute(0, 9, 'won'), dispute(0, 6, 'opened')])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({
        total: '30.00',
        eligible: '30.00',
        held: '0.00',
      })
      await tell(programme, [dispute(0, 12, 'opened'), dispute(0, 15, 'lost')])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00', eligible: '10.00' })
    },
  )

  withProgramme(
    'a refund and a lost dispute of one charge never take more than all; a failed refund comes back',
    async (programme) => {
      programme.clock.set(at(200))
      await programme.addAffiliate('ANN')
      await tell(programme, [checkout, payment(0), joined(0), refund(0, 're_1', 9000), dispute(0, 9, 'lost')])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
      await tell(programme, [
        payment(1),
        joined(1),
        refund(1, 're_2', 6000),
        refund(1, 're_2', 6000, { state: 'undone' }),
        refund(1, 're_2', 6000),
      ])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00' })
    },
  )

  withProgramme(
    'a trial earns nothing and keeps its affiliate for the first payment; test events stop with the first live one',
    async (programme) => {
      programme.clock.set(at(200))
      await programme.addAffiliate('ANN')
      const trial: Start = { ...checkout, kind: 'start', test: true }
      await tell(programme, [
        trial,
        payment(1, { test: true, external_id: 'in_test', ids: { customer: 'cus', invoice: 'in_test' } }),
      ])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00' })
      await tell(programme, [payment(2), payment(3, { test: true })])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '40.00' })
    },
  )
})

withProgramme('a refund that failed comes back, also where the sum of refunds was told', async (programme) => {
  programme.clock.set(at(200))
  await programme.addAffiliate('ANN')
  const sum = refund(0, 'ch_0', 9000, { cumulative: true, of: 12_000 })
  await tell(programme, [checkout, payment(0), joined(0), refund(0, 're_1', 3000), refund(0, 're_2', 6000), sum])
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '5.00' })
  await tell(programme, [refund(0, 're_2', 6000, { state: 'undone' })])
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '15.00' })
})

withProgramme('the first money after a trial earns, also where renewals do not', async (programme) => {
  programme.clock.set(at(200))
  await programme.addAffiliate('ANN')
  await programme.db.updateTable('commission_rule').set({ renewals: 0 }).execute()
  await tell(programme, [{ ...checkout, kind: 'start' }, payment(1), payment(2)])
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00' })
})

withProgramme('a renewal that names no product is of the product its subscription was sold with', async (programme) => {
  programme.clock.set(at(200))
  await programme.addAffiliate('ANN')
  await tell(programme, [checkout, payment(0, { product_id: 'pro' }), payment(1)])
  expect((await programme.call('GET', '/conversions')).body.data).toMatchObject([
    { product_id: 'pro' },
    { product_id: 'pro' },
  ])
})

describe('promise 11: order does not matter', () => {
  const history = fc
    .array(
      fc.record({
        back: fc.array(fc.integer({ min: 1, max: 7000 }), { maxLength: 2 }),
        disputed: fc.constantFrom('no', 'open', 'won', 'lost'),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((payments): PaymentEvent[] => [
      checkout,
      ...payments.flatMap(({ back, disputed }, n) => [
        payment(n),
        joined(n),
        ...back.map((amount, index) => refund(n, `re_${n}_${index}`, amount)),
        ...(disputed === 'no' ? [] : [dispute(n, 10, 'opened')]),
        ...(disputed === 'won' || disputed === 'lost' ? [dispute(n, 20, disputed as Dispute['state'])] : []),
      ]),
    ])
  const shuffled = history.chain((events) =>
    fc
      .tuple(fc.shuffledSubarray(events, { minLength: events.length }), fc.subarray(events))
      .map(([once, twice]) => ({ events, mixed: [...once, ...twice] })),
  )

  onBothDatabases(
    'any order and any repetition end like the history itself, under terms that count payments',
    async (fresh) => {
      const ends: string[] = []
      let round = 0
      const programme = await createProgramme(fresh)
      programme.clock.set(at(200))
      const other = async (suffix: string, events: PaymentEvent[]) => {
        const code = `C${suffix}`
        await programme.addAffiliate(code, `${code}@example.com`)
        const renamed = JSON.parse(
          JSON.stringify(events)
            .replaceAll(/"((?:cus|sub|cs|in|pi|ch|re|dp)(?:_[\w]+)?)"/g, `"$1-${suffix}"`)
            .replaceAll('"ANN"', `"${code}"`)
            .replaceAll('buyer@', `buyer-${suffix}@`),
        ) as PaymentEvent[]
        await tell(programme, renamed)
        const sales = await programme.db
          .selectFrom('conversion')
          .leftJoin('commission', 'commission.conversion_id', 'conversion.id')
          .select(['external_id', 'refunded', 'disputed'])
          // A commission that was booked and taken back whole is as none.
          .select(sql<number | null>`case when void = 0 then commission.amount - taken_back end`.as('net'))
          .where('external_id', 'like', `%-${suffix}`)
          .orderBy('external_id')
          .execute()
        return JSON.stringify({ earned: await programme.earningsOf(`${code}@example.com`), sales }).replaceAll(
          `-${suffix}`,
          '',
        )
      }
      await programme.db.updateTable('commission_rule').set({ duration: 'payments', duration_count: 2 }).execute()
      await fc.assert(
        fc.asyncProperty(shuffled, async ({ events, mixed }) => {
          round += 1
          const straight = await other(`${round}a`, events)
          ends.push(straight)
          expect(await other(`${round}b`, mixed)).toBe(straight)
        }),
        { numRuns: fresh.engine === 'sqlite' ? 25 : 10 },
      )
      expect(new Set(ends).size).toBeGreaterThan(3)
      await programme.app.close()
    },
    120_000,
  )
})

withProgramme('the state of sales reads the same after the same events', async (programme) => {
  programme.clock.set(at(200))
  await programme.addAffiliate('ANN')
  await tell(programme, [checkout, payment(0), joined(0)])
  const before = await state(programme)
  await tell(programme, [payment(0), joined(0), checkout])
  expect(await state(programme)).toEqual(before)
})
