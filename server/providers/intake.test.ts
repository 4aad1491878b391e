/** Money as providers tell it, from the address to the balance: settings, several charges, many refunds that wait. */
import { describe, expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { retryProviderEvents } from '../jobs/retry-provider-events.ts'
import { PADDLE_SECRET, paddleAdjustment, paddleTransaction, signedByPaddle } from '../test/paddle-events.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'
import { chargeRefunded, dispute, invoicePaid, invoicePaymentPaid, refundObject } from '../test/stripe-events.ts'

const totalOf = async (programme: Programme) => (await programme.earningsOf('ann@example.com')).total

const invoice = { id: 'in_1', customer: 'cus_1', metadata: { referral_code: 'ANN' }, subscription: 'sub_1' }

describe('tax and shipping', () => {
  const sale = { ...invoice, total: 12_500, tax: 2_000, shipping: 500 }

  withProgramme('earn nothing unless the project says so, each by itself', async (programme) => {
    await programme.addAffiliate('ANN')
    const earned = []
    for (const commission_on_tax of [false, true])
      for (const commission_on_shipping of [false, true]) {
        await programme.set({ commission_on_tax, commission_on_shipping })
        const before = Number(await totalOf(programme))
        await programme.deliver(invoicePaid({ ...sale, id: `in_${earned.length}` }))
        earned.push(Number(await totalOf(programme)) - before)
      }
    expect(earned.map((amount) => amount.toFixed(2))).toEqual(['20.00', '21.00', '24.00', '25.00'])
  })

  withProgramme('where they earn, refunds take back their exact share, also after the setting changed', async (one) => {
    await one.addAffiliate('ANN')
    await one.set({ commission_on_tax: true, commission_on_shipping: true })
    const odd = { ...sale, total: 9_999, tax: 1_597, shipping: 333 }
    await one.deliver(invoicePaid(odd))
    await one.deliver(invoicePaymentPaid({ invoice: 'in_1', payment: 'pi_1' }))
    expect(await totalOf(one)).toBe('20.00')
    await one.set({ commission_on_tax: false, commission_on_shipping: false })
    const third = { charge: 'ch_1', payment: 'pi_1', amount: 3_333 }
    const left = []
    for (const id of ['re_1', 're_2', 're_3']) {
      await one.deliver(refundObject({ ...third, id }))
      left.push(await totalOf(one))
    }
    expect(left).toEqual(['13.33', '6.67', '0.00'])
  })

  withProgramme('a sale of nothing but shipping starts without a payment, or earns', async (one) => {
    await one.addAffiliate('ANN')
    await one.deliver(invoicePaid({ ...sale, total: 500, tax: 0 }))
    expect((await one.tables())['conversion']).toEqual([])
    await one.set({ commission_on_shipping: true })
    await one.deliver(invoicePaid({ ...sale, id: 'in_2', total: 500, tax: 0 }))
    expect(await totalOf(one)).toBe('1.00')
  })

  withProgramme('tax that is given back alone takes back something only where tax earned', async (programme) => {
    const { db, sealer, projectId, clock } = programme
    await programme.addAffiliate('ANN')
    await db
      .transaction()
      .execute((tx) => connectProvider(tx, projectId, 'paddle', sealer.seal(PADDLE_SECRET), clock.now()))
    const left = []
    for (const commission_on_tax of [false, true]) {
      await programme.set({ commission_on_tax })
      const id = `txn_${commission_on_tax}`
      await byPaddle(programme, paddleTransaction({ id, total: 12_000, tax: 2_000, code: 'ANN' }))
      left.push(await totalOf(programme))
      await byPaddle(programme, paddleAdjustment({ id: `adj_${id}`, transaction: id, total: 2_000, tax: 2_000 }))
      left.push(await totalOf(programme))
    }
    expect(left).toEqual(['20.00', '20.00', '44.00', '40.00'])
  })
})

async function byPaddle({ app, projectId }: Programme, event: object) {
  const { payload, headers } = signedByPaddle(event)
  const url = `/webhook/paddle/${projectId}`
  const type = { 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } })
  expect(answer.json()).toMatchObject({ data: { status: 'processed' } })
}

withProgramme('of an invoice that several charges paid, each charge gives back its own share', async (programme) => {
  await programme.addAffiliate('ANN')
  const [one, other] = [
    { charge: 'ch_1', payment: 'pi_1', amount: 4_000 },
    { charge: 'ch_2', payment: 'pi_2', amount: 6_000 },
  ]
  // All of the first charge is 40 % of the sale, told before it is known which invoice it paid.
  await programme.deliver(chargeRefunded({ ...one, refunded: 4_000 }))
  await programme.deliver(invoicePaid({ ...invoice, total: 10_000 }))
  for (const { payment } of [one, other]) await programme.deliver(invoicePaymentPaid({ invoice: 'in_1', payment }))
  expect(await totalOf(programme)).toBe('12.00')
  await programme.deliver(refundObject({ ...one, id: 're_1' }))
  expect(await totalOf(programme)).toBe('12.00')
  await programme.deliver(chargeRefunded({ ...other, refunded: 3_000 }))
  await programme.deliver(refundObject({ ...other, id: 're_2', amount: 3_000 }))
  expect(await totalOf(programme)).toBe('6.00')
  await programme.deliver(dispute({ id: 'dp_1', ...other, type: 'closed', status: 'lost' }))
  expect(await totalOf(programme)).toBe('0.00')
})

withProgramme('refunds of sales that never come do not keep others waiting', async (programme) => {
  await programme.addAffiliate('ANN')
  const orphan = (n: number) => refundObject({ id: `re_${n}`, charge: `ch_${n}`, payment: `pi_${n}`, amount: 100 })
  for (let n = 0; n < 60; n++) await programme.deliver(orphan(n))
  const late = { charge: 'ch_late', payment: 'pi_late', amount: 1_000 }
  await programme.deliver(refundObject({ ...late, id: 're_late' }))
  await programme.deliver(checkout({ id: 'late', amount: 5_000, code: 'ANN' }))
  expect(await totalOf(programme)).toBe('8.00')

  // The oldest of many is not among those that a sale wakes up; the job comes round to it.
  await programme.deliver(checkout({ id: '0', amount: 1_000, code: 'ANN', email: 'other@example.com' }))
  expect(await totalOf(programme)).toBe('10.00')
  programme.clock.set('2026-11-22T12:00:00.000Z')
  await retryProviderEvents(programme)
  expect(await totalOf(programme)).toBe('9.80')
})
