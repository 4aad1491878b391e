import { expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'

withProgramme('the inbox shows what came, what became of it, and why; a replay counts once', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
  await programme.deliver({ ...checkout({ id: 'two', amount: 5000 }), type: 'invoice.upcoming' })
  const { body } = await programme.call('GET', '/provider-events')
  expect(body).toMatchObject({
    data: [
      {
        id: 2,
        event_id: 'evt_two',
        type: 'invoice.upcoming',
        status: 'ignored',
        error: expect.any(String),
        conversion_id: null,
      },
      {
        id: 1,
        provider: 'stripe',
        type: 'checkout.session.completed',
        status: 'processed',
        attempts: 1,
        conversion_id: 1,
      },
    ],
    pagination: { total: 2 },
  })
  expect((await programme.call('GET', '/provider-events?status=processed&provider=stripe')).body.data).toHaveLength(1)
  expect((await programme.call('GET', '/provider-events?status=great')).body.error).toMatch(/^status: expected one of/)
  const before = await programme.tables()
  const replayed = await programme.call('POST', '/provider-events/1/replay')
  expect(replayed.body.data).toMatchObject({
    id: 1,
    status: 'processed',
    attempts: 2,
    explanation: expect.arrayContaining(["Affiliate 1 was credited, by the checkout's client reference."]),
  })
  expect(JSON.parse(replayed.body.data.payload)).toMatchObject({ id: 'evt_one' })
  const after = await programme.tables()
  for (const table of ['conversion', 'commission', 'ledger_entry', 'balance'])
    expect(after[table]).toEqual(before[table])
  const other = await programme.addProject('Other')
  for (const [method, path] of [
    ['GET', '/provider-events/1'],
    ['POST', '/provider-events/1/replay'],
  ] as const)
    expect((await programme.call(method, path, undefined, other.apiKey)).body).toMatchObject({
      code: 'provider_event_not_found',
    })
})
