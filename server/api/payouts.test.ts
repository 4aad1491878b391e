import { expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

const payout = {
  id: 1,
  affiliate_id: 1,
  affiliate_email: 'ann@example.com',
  amount: '12.50',
  currency: 'USD',
  method: 'manual',
  status: 'paid',
  note: null,
  created_at: '2026-11-20T12:00:00.000Z',
  reversed_at: null,
}
const notFound = refusal(404, 'payout_not_found', 'Payout not found')

withProgramme('a payout is recorded, listed, retrieved and reversed', async (programme) => {
  const { get, post } = restOf(programme)
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  await programme.deliver(checkout({ id: 'one', amount: 10_000, code: 'ANN', email: 'one@example.com' }))
  await programme.deliver(checkout({ id: 'two', amount: 5000, code: 'BEN', email: 'two@example.com' }))

  const created = await post('payouts', { affiliate_id: 1, amount: 12.5 })
  expect([created.status, created.body]).toEqual([201, { success: true, data: payout }])
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ eligible: '7.50', paid: '12.50' })
  // Without an amount: all that is eligible.
  const rest = await post('payouts', { affiliate_id: 2, currency: 'usd', method: 'wise', note: 'November' })
  expect(rest.body.data).toMatchObject({ amount: '10.00', method: 'wise', note: 'November', currency: 'USD' })

  expect((await get('payouts/1')).body).toEqual({ success: true, data: payout })
  expect((await get('payouts')).body).toMatchObject({
    data: [{ id: 2, affiliate_email: 'ben@example.com' }, payout],
    pagination: { limit: 50, offset: 0, total: 2, has_more: false },
  })
  programme.clock.set('2026-11-21T12:00:00.000Z')
  const reversed = { ...payout, status: 'reversed', reversed_at: '2026-11-21T12:00:00.000Z' }
  const answer = await post('payouts/1/reverse', {})
  expect([answer.status, answer.body]).toEqual([200, { success: true, data: reversed }])
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ eligible: '20.00', paid: '0.00' })

  const ids = async (query: string) => (await get(`payouts?${query}`)).body.data.map(({ id }: { id: number }) => id)
  expect(await ids('affiliate_id=1')).toEqual([1])
  expect(await ids('status=paid')).toEqual([2])
  expect(await ids('status=reversed&affiliate_id=2')).toEqual([])
})

withProgramme('what is wrong, not eligible or of another project is refused by name', async (programme) => {
  const { get, post } = restOf(programme)
  await programme.addAffiliate('ANN')
  await programme.setTerms({ percent: 20, holdDays: 30 })
  await programme.deliver(checkout({ id: 'one', amount: 10_000, code: 'ANN' }))
  const wrong: [object, number, string, RegExp][] = [
    [{}, 400, 'invalid_request', /^affiliate_id: expected a whole number/],
    [{ affiliate_id: 1, amount: -5 }, 400, 'invalid_request', /^amount: expected an amount such as 12\.50/],
    [{ affiliate_id: 1, amount: 'x' }, 400, 'invalid_request', /^amount: expected an amount such as 12\.50/],
    [{ affiliate_id: 1, currency: 'XXQ' }, 400, 'invalid_request', /^currency: expected an ISO 4217 code/],
    [{ affiliate_id: 1, method: '<b>' }, 400, 'invalid_request', /^method: expected 1 to 64 letters/],
    [{ affiliate_id: 1 }, 400, 'nothing_to_pay', /eligible 0\.00 USD/],
    [{ affiliate_id: 1, amount: 5 }, 400, 'nothing_to_pay', /eligible 0\.00 USD/],
    [{ affiliate_id: 99 }, 404, 'affiliate_not_found', /^Affiliate not found/],
  ]
  for (const [body, status, code, error] of wrong)
    expect(await post('payouts', body)).toMatchObject(refusal(status, code, expect.stringMatching(error)))
  expect((await get('payouts')).body.pagination.total).toBe(0)
  expect((await get('payouts?status=x')).body.error).toMatch(/^status: expected paid or reversed/)
  expect((await get('payouts/x')).body.error).toMatch(/^id: expected a number/)

  programme.clock.set('2027-01-20T12:00:00.000Z')
  await post('payouts', { affiliate_id: 1 })
  expect(await post('payouts/99/reverse', {})).toMatchObject(notFound)
  expect((await post('payouts/1/reverse', {})).status).toBe(200)
  expect(await post('payouts/1/reverse', {})).toMatchObject(refusal(409, 'payout_reversed', expect.any(String)))
  const other = restOf(programme, (await programme.addProject('Other')).apiKey)
  expect(await other.get('payouts/1')).toMatchObject(notFound)
  expect(await other.post('payouts/1/reverse', {})).toMatchObject(notFound)
  expect((await other.post('payouts', { affiliate_id: 1 })).status).toBe(404)
})
