/** Nobody earns on themselves, by whatever spelling of their mailbox, account or customer they buy. The decision says which fact told. */
import { expect } from 'vitest'
import { checkout, hashFor, type Programme, withProgramme } from '../test/programme.ts'
import { customer, invoicePaid } from '../test/stripe-events.ts'

const reasonOf = async (programme: Programme, id: number) => {
  const { data } = (await programme.call('GET', `/conversions/${id}/attribution`)).body
  return [data.affiliate_id, data.candidates[0]?.reason]
}

withProgramme('a sale to the affiliate’s own mailbox, in any spelling their mail host folds', async (programme) => {
  await programme.addAffiliate('ANN', 'ann.b@gmail.com')
  for (const [id, email] of ['annb@gmail.com', 'a.n.n.b+shop@googlemail.com'].entries())
    await programme.deliver(checkout({ id: `s${id}`, amount: 5000, code: 'ANN', email }))
  expect(await reasonOf(programme, 1)).toEqual([null, 'self-referral'])
  expect(await reasonOf(programme, 2)).toEqual([null, 'self-referral'])
  expect(await programme.earningsOf('ann.b@gmail.com')).toMatchObject({ total: '0.00' })
  expect(
    await programme.call('POST', '/store-attribution', { email: 'AnnB+2@gmail.com', referral_code: 'ANN' }),
  ).toMatchObject({ status: 400, body: { code: 'self_referral' } })
})

withProgramme('a sale to the address that the affiliate’s payouts go to', async (programme) => {
  await programme.addAffiliate('ANN')
  const method = { kind: 'paypal', email: 'ann.private@gmail.com' }
  const asker = { project_id: programme.projectId, email: 'ann@example.com', hash: hashFor('ann@example.com') }
  expect((await programme.post('/api/widget/payout-method', { ...asker, method })).status).toBe(200)
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'annprivate@googlemail.com' }))
  expect(await reasonOf(programme, 1)).toEqual([
    null,
    "self-referral: the buyer's address is where the affiliate's payouts go",
  ])
  // What is compared is a hash; beside it stands only the masked form.
  expect(JSON.stringify((await programme.tables())['payout_method'])).not.toContain('ann.private')
})

withProgramme('a sale to a customer whom the provider knows under the affiliate’s address', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.deliver(customer({ id: 'cus_1', email: 'ann@example.com' }))
  await programme.deliver(
    invoicePaid({
      id: 'in_1',
      total: 5000,
      customer: 'cus_1',
      email: 'another@example.com',
      subscription: 'sub_1',
      metadata: { referral_code: 'ANN' },
    }),
  )
  expect(await reasonOf(programme, 1)).toEqual([
    null,
    "self-referral: the payment provider knows this customer under the affiliate's address",
  ])
})

withProgramme('somebody else’s sale is credited all the same', async (programme) => {
  await programme.addAffiliate('ANN', 'ann.b@gmail.com')
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'ann.bc@gmail.com' }))
  expect(await reasonOf(programme, 1)).toEqual([1, 'first valid candidate'])
})
