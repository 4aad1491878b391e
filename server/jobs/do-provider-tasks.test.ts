import { describe, expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { type Programme, withProgramme, WEBHOOK_SECRET } from '../test/programme.ts'
import { startStripe, type StripeDouble } from '../test/stripe-double.ts'
import { doProviderTasks } from './do-provider-tasks.ts'

interface Story extends Programme {
  stripe: StripeDouble
  /** Does what is due. @returns what was logged */
  work: () => Promise<string[]>
  make: (body: object) => Promise<{
    status: number
    body: { data: { id: number; stripe_coupon_id: string }; code: string; error: string }
  }>
}

const withKey = (title: string, story: (programme: Story) => Promise<void>) =>
  withProgramme(title, async (programme) => {
    const stripe = await startStripe()
    try {
      const { db, sealer, projectId, clock } = programme
      const api = { api_key_sealed: sealer.seal(stripe.key), api_url: stripe.url, endpoint_id: null }
      const secret = sealer.seal(WEBHOOK_SECRET)
      await db.transaction().execute((tx) => connectProvider(tx, projectId, 'stripe', secret, clock.now(), api))
      await programme.addAffiliate('ANN')
      await programme.addAffiliate('BEN')
      const work = async () => {
        const said: string[] = []
        await doProviderTasks({
          ...programme,
          log: { warn: (_: unknown, text?: string) => void said.push(text ?? '') },
        })
        return said
      }
      const make = (body: object) =>
        programme.call('POST', '/coupons', { affiliate_id: 1, coupon_code: 'ANN20', ...body })
      await story({ ...programme, stripe, work, make })
    } finally {
      await stripe.close()
    }
  })

describe('coupons at Stripe', () => {
  withKey('are made with a promotion code that customers type, and deleted with it', async (story) => {
    const { stripe, work, make, call } = story
    const made = await make({ create_in_stripe: { percent_off: 20, duration: 'repeating', duration_in_months: 3 } })
    const { id, stripe_coupon_id } = made.body.data
    expect([made.status, stripe_coupon_id]).toEqual([201, expect.stringMatching(/^refgrow_/)])
    // The answer is lost between Stripe and us: what is there already is not made again.
    stripe.trouble.push(429, 500)
    expect(await work()).toEqual([])
    expect(await work()).toEqual([])
    expect(stripe.objects.coupons).toMatchObject([
      { id: stripe_coupon_id, name: 'ANN20', percent_off: '20', duration: 'repeating', duration_in_months: '3' },
    ])
    expect(stripe.objects.promotion_codes).toMatchObject([{ code: 'ANN20', promotion: { coupon: stripe_coupon_id } }])

    expect((await call('DELETE', `/coupons/${id}`)).status).toBe(204)
    expect(await work()).toEqual([])
    expect(stripe.objects.coupons).toEqual([])
    expect(stripe.objects.promotion_codes).toMatchObject([{ active: 'false' }])

    // The same word again.
    await make({ create_in_stripe: { amount_off: '5.00', currency: 'usd' } })
    expect(await work()).toEqual([])
    expect(stripe.objects.coupons).toMatchObject([{ amount_off: '500', currency: 'USD', duration: 'once' }])
    expect(stripe.objects.promotion_codes).toHaveLength(2)
  })

  withKey('a coupon that two affiliates share loses one code, then goes with the last', async (story) => {
    const { stripe, work, make, call } = story
    stripe.objects.coupons.push({ id: '20OFF' })
    for (const code of ['ANN20', 'BEN20'])
      stripe.objects.promotion_codes.push({ id: `promo_${code}`, code, active: true, promotion: { coupon: '20OFF' } })
    await make({ stripe_coupon_id: '20OFF' })
    await make({ coupon_code: 'BEN20', affiliate_id: 2, stripe_coupon_id: '20OFF' })
    await call('DELETE', '/coupons/1')
    await work()
    expect(stripe.objects).toMatchObject({
      coupons: [{ id: '20OFF' }],
      promotion_codes: [
        { code: 'ANN20', active: 'false' },
        { code: 'BEN20', active: true },
      ],
    })
    await call('DELETE', '/coupons/2')
    await work()
    expect(stripe.objects.coupons).toEqual([])
    // Gone there already is gone.
    await make({ stripe_coupon_id: '20OFF' })
    await call('DELETE', '/coupons/3')
    expect(await work()).toEqual([])
  })

  withKey('what Stripe refuses is told by the check; what passes is tried again', async (story) => {
    const { stripe, work, make, clock, call, db } = story
    stripe.objects.promotion_codes.push({ id: 'promo_1', code: 'ann20', active: true, promotion: { coupon: 'other' } })
    await make({ create_in_stripe: { percent_off: 20 } })
    const refusal = 'not done at the provider: Stripe refuses: An active promotion code with this code already exists.'
    expect(await work()).toEqual([refusal])
    clock.set('2026-11-25T12:00:00.000Z')
    expect(await work()).toEqual([])
    expect((await call('GET', '/providers/stripe/check')).body.data.problems).toContainEqual(
      expect.stringMatching(/^create coupon: Stripe refuses: An active .*"code":"ANN20"/),
    )

    await make({ coupon_code: 'LATER', stripe_coupon_id: 'later' })
    stripe.objects.coupons.push({ id: 'later' })
    await call('DELETE', '/coupons/2')
    stripe.trouble.push(500, 500, 500)
    expect(await work()).toEqual(['not done at the provider: Stripe refuses: Something went wrong'])
    clock.set('2026-11-25T12:02:00.000Z')
    expect(await work()).toEqual([])
    expect(stripe.objects.coupons.map(({ id }) => id)).not.toContain('later')
    expect(await db.selectFrom('provider_task').selectAll().execute()).toHaveLength(1)
  })

  withKey('are refused by name where they cannot be made', async (story) => {
    const { make, call, addProject, stripe, work } = story
    const wrong: [object, number, RegExp][] = [
      [{ create_in_stripe: {} }, 400, /^create_in_stripe: expected either percent_off/],
      [{ create_in_stripe: { percent_off: 10, amount_off: 5, currency: 'usd' } }, 400, /expected either percent_off/],
      [{ create_in_stripe: { amount_off: 5 } }, 400, /expected either percent_off/],
      [{ create_in_stripe: { amount_off: 5, currency: 'XQZ' } }, 400, /ISO 4217/],
      [{ create_in_stripe: { percent_off: 101 } }, 400, /^create_in_stripe.percent_off: expected at most 100/],
      [{ create_in_stripe: { percent_off: 10, duration: 'repeating' } }, 400, /duration_in_months/],
      [
        { coupon_code: 'A_B', create_in_stripe: { percent_off: 10 } },
        400,
        /^coupon_code: expected letters, digits and hyphens/,
      ],
    ]
    for (const [body, status, sentence] of wrong) {
      const answer = await make(body)
      expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(sentence)])
    }
    const other = await addProject('Other')
    await call('POST', '/affiliates', { email: 'cy@example.com' }, other.apiKey)
    const body = { affiliate_id: 3, coupon_code: 'CY', create_in_stripe: { percent_off: 10 } }
    expect((await call('POST', '/coupons', { ...body, coupon_code: 'CY10' }, other.apiKey)).body).toMatchObject({
      code: 'provider_not_connected',
      error: expect.stringContaining('create_in_stripe needs a Stripe key'),
    })
    expect(await work()).toEqual([])
    expect(stripe.requests).toEqual([])
  })
})
