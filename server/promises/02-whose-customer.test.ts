/**
 * Promise 2 and what goes with it: a browser can claim anything, and no claim moves a cent of a sale that carries proof. Every
 * purchase here is proven by a payment provider or by a call with the secret key.
 */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

const BUYER = 'buyer@example.com'

const creditedTo = async ({ db }: Programme) =>
  (
    await db
      .selectFrom('conversion')
      .leftJoin('link', (join) =>
        join.onRef('link.affiliate_id', '=', 'conversion.affiliate_id').on('is_primary', '=', 1),
      )
      .select(['link.code', 'conversion.status'])
      .where('type', '=', 'purchase')
      .where('source', '<>', 'browser')
      .orderBy('conversion.id')
      .execute()
  ).map(({ code, status }) => `${code} ${status}`)

describe('a browser that claims somebody else’s customer', () => {
  for (const claim of [
    { type: 'signup' },
    { type: 'demo booked' },
    { type: 'purchase', value: 50 },
    { type: 'purchase', value: 50, reference: 'ORDER-1' },
  ])
    for (const browser_purchases of ['pending', 'reject', 'accept'] as const)
      withProgramme(
        `does not get them by ${JSON.stringify(claim)} where purchases are ${browser_purchases}`,
        async (programme) => {
          for (const code of ['HON', 'EVIL']) await programme.addAffiliate(code)
          await programme.set({ browser_purchases })
          await programme.report({ ...claim, email: BUYER, referral_code: 'EVIL' })
          await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'HON', email: BUYER }))
          await programme.report({ ...claim, email: BUYER, referral_code: 'EVIL', idempotency_key: 'again' })
          await programme.deliver(checkout({ id: 'two', amount: 7000, code: 'HON', email: BUYER }))
          // The customer is HON's by now, also where the sale names nobody.
          await programme.deliver(checkout({ id: 'three', amount: 9000, email: BUYER }))
          expect(await creditedTo(programme)).toEqual(['HON approved', 'HON approved', 'HON approved'])
          expect(await programme.earningsOf('hon@example.com')).toMatchObject({ total: '42.00', eligible: '42.00' })
        },
      )

  withProgramme('is believed where nothing is proven, after a click and within the window only', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.set({ attribution_window_days: 30 })
    const sell = (id: string) => programme.deliver(checkout({ id, amount: 5000, email: `${id}@example.com` }))
    const claim = { project_id: programme.projectId, type: 'signup', referral_code: 'ANN' }
    await programme.post('/api/track/event', { ...claim, email: 'noclick@example.com', click_id: 'never-made' })
    await sell('noclick')
    await programme.report({ ...claim, email: 'clicked@example.com' })
    await sell('clicked')
    await programme.report({ ...claim, email: 'late@example.com' })
    programme.clock.set('2027-01-20T12:00:00.000Z')
    await programme.deliver(
      checkout({ id: 'late', amount: 5000, email: 'late@example.com', at: '2027-01-20T12:00:00.000Z' }),
    )
    // Credited once on the strength of the claim, the customer stays, however long.
    await programme.deliver(
      checkout({ id: 'renewal', amount: 5000, email: 'clicked@example.com', at: '2027-01-20T12:00:00.000Z' }),
    )
    expect(await creditedTo(programme)).toEqual(['null approved', 'ANN approved', 'null approved', 'ANN approved'])
  })

  withProgramme('yields to a later sale that carries a code, even after it was credited', async (programme) => {
    for (const code of ['HON', 'EVIL']) await programme.addAffiliate(code)
    await programme.report({ type: 'signup', email: BUYER, referral_code: 'EVIL' })
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: BUYER }))
    await programme.deliver(checkout({ id: 'two', amount: 5000, code: 'HON', email: BUYER }))
    await programme.deliver(checkout({ id: 'three', amount: 5000, email: BUYER }))
    expect(await creditedTo(programme)).toEqual(['EVIL approved', 'HON approved', 'HON approved'])
  })

  withProgramme('yields to an attribution that the company’s own server stores', async (programme) => {
    for (const code of ['HON', 'EVIL']) await programme.addAffiliate(code)
    await programme.report({ type: 'signup', email: BUYER, referral_code: 'EVIL' })
    await programme.call('POST', '/store-attribution', { email: BUYER, referral_code: 'HON' })
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: BUYER }))
    expect(await creditedTo(programme)).toEqual(['HON approved'])
  })

  withProgramme(
    'does not spoil a sale that the owner never saw by a claim that the owner denied',
    async (programme) => {
      for (const code of ['HON', 'EVIL']) await programme.addAffiliate(code)
      await programme.report({ type: 'purchase', value: 50, email: BUYER, referral_code: 'EVIL' })
      await programme.call('PUT', '/conversions/1', { status: 'denied', status_reason: 'fraud' })
      await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'HON', email: BUYER }))
      expect(await creditedTo(programme)).toEqual(['HON approved'])
      expect(await programme.earningsOf('evil@example.com')).toMatchObject({ total: '0.00' })
    },
  )

  withProgramme('does not spoil the next order by telling its number beforehand', async (programme) => {
    for (const code of ['HON', 'EVIL']) await programme.addAffiliate(code)
    await programme.report({ type: 'purchase', value: 50, email: BUYER, referral_code: 'EVIL', reference: 'ORDER-2' })
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'HON', email: BUYER }))
    const order = { type: 'purchase', email: BUYER, referral_code: 'HON', base_value: 80, reference: 'ORDER-2' }
    expect((await programme.call('POST', '/conversions', order)).status).toBe(201)
    expect(await programme.earningsOf('hon@example.com')).toMatchObject({ total: '26.00' })
  })
})

type Claim = {
  kind: 'claim'
  by: 'EVIL' | 'HON'
  type: string
  person: number
  amount: number
  reference: string | null
  clicks: boolean
}
type Sale = { kind: 'sale'; via: 'stripe' | 'api'; person: number; amount: number; id: number; code: 'HON' | 'BEN' }

const person = fc.integer({ min: 0, max: 1 })
const amount = fc.constantFrom(5000, 7000)
const claim: fc.Arbitrary<Claim> = fc.record({
  kind: fc.constant('claim' as const),
  by: fc.constantFrom('EVIL' as const, 'HON' as const),
  type: fc.constantFrom('signup', 'purchase', 'demo'),
  person,
  amount,
  reference: fc.constantFrom(null, 'ORDER-0', 'ORDER-1', 'pi_0', 'pi_1'),
  clicks: fc.boolean(),
})
const sale: fc.Arbitrary<Sale> = fc.record({
  kind: fc.constant('sale' as const),
  via: fc.constantFrom('stripe' as const, 'api' as const),
  person,
  amount,
  id: fc.integer({ min: 0, max: 2 }),
  code: fc.constantFrom('HON' as const, 'BEN' as const),
})

describe('random mixes of claims by anybody', () => {
  for (const browser_purchases of ['pending', 'accept'] as const)
    withProgramme(
      `never move a cent of a sale that carries a proven hint (purchases ${browser_purchases})`,
      async (programme) => {
        for (const code of ['HON', 'BEN', 'EVIL']) await programme.addAffiliate(code)
        // The first payment of a customer earns, the later ones do not: a claim must not make a sale the second one.
        await programme.db.updateTable('commission_rule').set({ duration: 'payments', duration_count: 2 }).execute()
        await programme.set({ browser_purchases, exclude_existing_customers: true })
        let round = 0
        await fc.assert(
          fc.asyncProperty(fc.array(fc.oneof(claim, sale), { minLength: 3, maxLength: 9 }), async (steps) => {
            round += 1
            const sales = steps.filter(({ kind }) => kind === 'sale')
            expect(await earnedBy(programme, steps, `${round}a`)).toEqual(await earnedBy(programme, sales, `${round}b`))
          }),
          { numRuns: programme.engine === 'sqlite' ? 60 : 15 },
        )
      },
      120_000,
    )
})

/** What each proven sale earned, and whom, in the order of the sales. */
async function earnedBy(programme: Programme, steps: (Claim | Sale)[], name: string) {
  for (const step of steps) await happen(programme, step, name)
  const rows = await programme.db
    .selectFrom('conversion')
    .leftJoin('commission', (join) => join.onRef('commission.conversion_id', '=', 'conversion.id').on('void', '=', 0))
    .select(['external_id', 'reference', 'conversion.affiliate_id', 'conversion.amount', 'commission.amount as earned'])
    .where('source', '<>', 'browser')
    .where('decision', 'like', '%%')
    .where((eb) =>
      eb.or([
        eb('external_id', 'like', `%-${name}`),
        eb.and([eb('source', '=', 'api'), eb('reference', 'like', `%-${name}`)]),
      ]),
    )
    .execute()
  return rows
    .map(({ external_id, reference, ...row }) =>
      JSON.stringify({ id: (external_id ?? reference)?.split('-')[0], ...row }),
    )
    .sort()
}

async function happen(programme: Programme, step: Claim | Sale, name: string): Promise<void> {
  const email = `p${step.person}-${name}@example.com`
  if (step.kind === 'claim') {
    const { by, type, amount: value, reference, clicks } = step
    const event = {
      type,
      email,
      referral_code: by,
      value: value / 100,
      ...(reference && { reference: `${reference}-${name}` }),
    }
    if (clicks) await programme.report(event)
    else await programme.post('/api/track/event', { project_id: programme.projectId, ...event })
    return
  }
  const { via, id, code, amount: minor } = step
  if (via === 'stripe') await programme.deliver(checkout({ id: `${id}-${name}`, amount: minor, code, email }))
  else
    await programme.call('POST', '/conversions', {
      email,
      referral_code: code,
      base_value: minor / 100,
      reference: `ORDER-${id}-${name}`,
    })
}
