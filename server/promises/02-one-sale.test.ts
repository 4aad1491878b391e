/** Promise 2: the same sale never pays twice, whatever id it is told by, in any order and all at once. */
import { describe, expect } from 'vitest'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'
import { invoicePaid, invoicePaymentPaid } from '../test/stripe-events.ts'

const sale = (reference: string, more = {}) => ({
  type: 'purchase',
  base_value: 50,
  referral_code: 'ANN',
  reference,
  ...more,
})

const sales = async ({ db }: Programme) =>
  (
    await db
      .selectFrom('conversion')
      .select(['source', 'status'])
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .execute()
  ).map(({ source }) => source)

const permutations = <T>(all: T[]): T[][] =>
  all.length < 2
    ? [all]
    : all.flatMap((one, index) => permutations(all.toSpliced(index, 1)).map((rest) => [one, ...rest]))

describe('promise 2: one sale, one conversion', () => {
  for (const id of ['pi_one', 'cs_one'])
    for (const email of ['buyer@example.com', null])
      for (const first of ['webhook', 'call', 'both at once'] as const)
        withProgramme(
          `told by webhook and by call as ${id}, ${email ? 'with' : 'without'} an address, ${first} first`,
          async (programme) => {
            await programme.addAffiliate('ANN')
            const webhook = () => programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
            const call = () => programme.call('POST', '/conversions', sale(id, email ? { email } : {}))
            if (first === 'webhook') await webhook()
            const { status } = first === 'both at once' ? (await Promise.all([call(), webhook()]))[0] : await call()
            if (first === 'call') await webhook()
            expect(status === 201 || status === 409).toBe(true)
            if (first !== 'both at once') expect(status).toBe(first === 'call' ? 201 : 409)
            expect(await sales(programme)).toHaveLength(1)
            expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
          },
        )

  for (const id of ['in_1', 'pi_1'])
    for (const order of permutations(['call', 'invoice', 'payment of the invoice']))
      withProgramme(`an invoice, its payment and a call that names ${id}: ${order.join(', ')}`, async (programme) => {
        await programme.addAffiliate('ANN')
        const tell: Record<string, () => Promise<unknown>> = {
          call: () => programme.call('POST', '/conversions', sale(id)),
          invoice: () =>
            programme.deliver(
              invoicePaid({
                id: 'in_1',
                total: 5000,
                customer: 'cus_1',
                subscription: 'sub_1',
                metadata: { referral_code: 'ANN' },
              }),
            ),
          'payment of the invoice': () => programme.deliver(invoicePaymentPaid({ invoice: 'in_1', payment: 'pi_1' })),
        }
        for (const step of order) await tell[step]?.()
        const { data } = (await programme.get('/api/v1/conversions')).body
        expect(data.filter(({ status }: { status: string }) => status === 'approved')).toHaveLength(1)
        expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00', eligible: '10.00' })
      })

  withProgramme(
    'an order number that a provider’s id happens to equal is another sale, unless the buyer is the same',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const row = (id: string, email: string) => programme.call('POST', '/conversions', sale(id, { email }))
      expect((await row('1042', 'one@example.com')).status).toBe(201)
      expect((await row('1043', 'two@example.com')).status).toBe(201)
      expect((await row('1042', 'two@example.com')).status).toBe(409)
      expect(await sales(programme)).toHaveLength(2)
    },
  )

  withProgramme('a reference changed by hand is taken, and the old one free', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.call('POST', '/conversions', sale('ORDER-1'))
    expect((await programme.call('PUT', '/conversions/1', { reference: 'ORDER-2' })).status).toBe(200)
    expect((await programme.call('POST', '/conversions', sale('ORDER-2'))).status).toBe(409)
    expect((await programme.call('POST', '/conversions', sale('ORDER-1'))).status).toBe(201)
    expect(await programme.call('PUT', '/conversions/2', { reference: 'ORDER-2' })).toMatchObject({
      status: 409,
      body: { code: 'conversion_exists' },
    })
    await programme.call('DELETE', '/conversions/1')
    expect((await programme.call('POST', '/conversions', sale('ORDER-2'))).status).toBe(201)
  })
})
