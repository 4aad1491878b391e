/** What becomes known only after a payment was told: the buyer, the code, the product. */
import { expect } from 'vitest'
import { type Programme, withProgramme } from '../../test/programme.ts'
import { applyPaymentEvent } from './apply.ts'
import type { Identity, Payment, PaymentEvent } from './event.ts'
import { defaultCampaignId, getProject } from '../project/project.ts'
import { setTerms, type TermsScope } from '../terms/versions.ts'
import type { TermsChange } from '../terms/change.ts'
import { verifyLedger } from '../ledger/verify.ts'

const paid = (n: number, more: Partial<Payment> = {}): Payment => ({
  kind: 'payment',
  provider: 'paddle',
  test: false,
  ids: { customer: 'ctm', subscription: 'sub', payment: `txn_${n}` },
  occurred_at: `2026-11-1${n}T12:00:00.000Z`,
  external_id: `txn_${n}`,
  email: null,
  gross: 10_000,
  tax: 0,
  shipping: 0,
  currency: 'USD',
  product_id: null,
  payment_kind: n === 0 ? 'first' : 'renewal',
  clues: { metadata: 'ANN' },
  ...more,
})

const known = (email: string, more: Partial<Identity> = {}): Identity => ({
  kind: 'identity',
  provider: 'paddle',
  test: false,
  ids: { customer: 'ctm' },
  occurred_at: '2026-11-10T12:00:00.000Z',
  email,
  clues: {},
  ...more,
})

async function tell({ db, clock, projectId }: Programme, ...events: PaymentEvent[]): Promise<void> {
  for (const event of events)
    await db
      .transaction()
      .execute(async (tx) => applyPaymentEvent(tx, await getProject(tx, projectId), event, clock.now()))
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
}

const setTo = ({ db, clock, projectId }: Programme, scope: TermsScope, terms: TermsChange) =>
  db.transaction().execute(async (tx) => {
    const project = await getProject(tx, projectId)
    await setTerms(tx, project, await defaultCampaignId(tx, projectId), scope, terms, clock.now())
  })

const salesOf = ({ db }: Programme) =>
  db
    .selectFrom('conversion')
    .leftJoin('referral', 'referral.id', 'conversion.referral_id')
    .leftJoin('commission', 'commission.conversion_id', 'conversion.id')
    .select(['external_id', 'referral.email', 'conversion.affiliate_id', 'commission.amount', 'void'])
    .orderBy('external_id')
    .execute()

withProgramme('payments from before their buyer was known count as his', async (programme) => {
  await programme.addAffiliate('ANN')
  await setTo(programme, {}, { duration: 'first' })
  await tell(programme, paid(0), paid(1))
  // Nobody knows yet that it is the same person.
  expect((await programme.earningsOf('ann@example.com')).total).toBe('40.00')
  await tell(programme, known('buyer@example.com'))
  expect(await salesOf(programme)).toMatchObject([
    { external_id: 'txn_0', email: 'buyer@example.com', amount: 2_000, void: 0 },
    { external_id: 'txn_1', email: 'buyer@example.com', void: 1 },
  ])
  expect((await programme.earningsOf('ann@example.com')).total).toBe('20.00')
  expect((await programme.get('/api/v1/referrals?status=converted')).body.data).toMatchObject([
    { user_email: 'buyer@example.com', affiliate_code: 'ANN' },
  ])
})

withProgramme('the buyer may be named by a later payment of his', async (programme) => {
  await programme.addAffiliate('ANN')
  await tell(programme, paid(0), paid(1, { email: 'buyer@example.com' }))
  expect((await salesOf(programme)).map(({ email }) => email)).toEqual(['buyer@example.com', 'buyer@example.com'])
})

withProgramme('a buyer who turns out to be the affiliate himself earns nothing', async (programme) => {
  await programme.addAffiliate('ANN')
  await tell(programme, paid(0))
  expect((await programme.earningsOf('ann@example.com')).total).toBe('20.00')
  await tell(programme, known('ann@example.com'))
  expect(await salesOf(programme)).toMatchObject([{ affiliate_id: null, void: 1 }])
  expect((await programme.earningsOf('ann@example.com')).total).toBe('0.00')
})

withProgramme("a buyer who turns out to be another affiliate's customer stays his", async (programme) => {
  for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
  const before = { ids: { customer: 'other', payment: 'txn_9' }, external_id: 'txn_9', clues: { metadata: 'BEN' } }
  await tell(programme, paid(0, { ...before, email: 'buyer@example.com' }), paid(1))
  await tell(programme, known('buyer@example.com'))
  expect((await programme.earningsOf('ann@example.com')).total).toBe('0.00')
  expect((await programme.earningsOf('ben@example.com')).total).toBe('40.00')
})

withProgramme("what is known of a customer's other sale does not move this one", async (programme) => {
  for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
  await tell(programme, paid(0), paid(1, { clues: { metadata: 'BEN' }, ids: { customer: 'ctm', payment: 'txn_1' } }))
  await tell(programme, known('buyer@example.com'))
  expect((await salesOf(programme))[0]).toMatchObject({ external_id: 'txn_0', affiliate_id: 1, amount: 2_000 })
})

withProgramme('a product that is known later brings its own terms, and its own hold', async (programme) => {
  await programme.addAffiliate('ANN')
  await setTo(programme, { product_id: 'pro' }, { rate: 30, hold_days: 90 })
  await tell(programme, paid(1), known('buyer@example.com', { ids: { subscription: 'sub' }, product_id: 'pro' }))
  expect(await programme.earningsOf('ann@example.com')).toEqual({
    total: '30.00',
    eligible: '0.00',
    held: '30.00',
    paid: '0.00',
  })
  const [commission] = await programme.db.selectFrom('commission').selectAll().execute()
  expect(commission).toMatchObject({ rate_basis_points: 3_000, release_at: '2027-02-10T00:00:00.000Z' })
  // Told twice by two events of which one knows the product.
  await tell(programme, paid(2, { product_id: 'basic' }), paid(3, { ids: { payment: 'txn_3' } }))
  await tell(programme, paid(3, { ids: { payment: 'txn_3' }, product_id: 'pro' }))
  const { data } = (await programme.call('GET', '/conversions')).body
  expect((data as { product_id: string }[]).map(({ product_id }) => product_id).toSorted()).toEqual([
    'basic',
    'pro',
    'pro',
  ])
})

withProgramme(
  'a subscription that changed hands from product to product sells what it was at the time',
  async (one) => {
    await one.addAffiliate('ANN')
    const of = (product_id: string, occurred_at: string) =>
      known('buyer@example.com', { ids: { subscription: 'sub' }, product_id, occurred_at })
    await tell(one, of('large', '2026-11-12T00:00:00.000Z'), of('small', '2026-11-10T00:00:00.000Z'))
    await tell(one, paid(3), paid(1))
    const sold = await one.db.selectFrom('conversion').select(['external_id', 'product_id']).execute()
    expect(Object.fromEntries(sold.map(({ external_id, product_id }) => [external_id, product_id]))).toEqual({
      txn_1: 'small',
      txn_3: 'large',
    })
  },
)

const feedOf = async ({ db }: Programme) =>
  (
    await db
      .selectFrom('event')
      .select(['type', 'payload'])
      .where('subject', 'like', 'conversion%')
      .orderBy('seq')
      .execute()
  ).map(({ type, payload }) => [type, (JSON.parse(payload) as { referrer: { id: string | null } }).referrer.id])

withProgramme('the feed takes a sale back from a seller who turns out to be its buyer', async (programme) => {
  await programme.addAffiliate('ANN')
  await tell(programme, paid(0), known('ann@example.com'))
  expect(await feedOf(programme)).toEqual([
    ['referral_converted', '1'],
    ['referral_canceled', null],
  ])
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
})

withProgramme('a payment told late renumbers later ones by the terms they were decided under', async (programme) => {
  await programme.addAffiliate('ANN')
  const buyer = { email: 'buyer@example.com' }
  await setTo(programme, {}, { kind: 'percent', rate: 20, duration: 'payments', duration_count: 2 })
  await tell(programme, paid(1, buyer), paid(2, buyer))
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '40.00' })
  await setTo(programme, {}, { kind: 'percent', rate: 50 })
  // The first by today's terms, the second as it was, the third is one too many.
  await tell(programme, paid(0, buyer))
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '70.00' })
})
