/** Promise 2: the same sale never pays twice, however often a provider delivers it and a browser reports it. */
import { describe, expect } from 'vitest'
import { storeEvent } from '../core/payment/inbox.ts'
import { processStoredEvent } from '../providers/intake.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

describe('promise 2: the same sale never pays twice', () => {
  withProgramme(
    'delivered five times at once and once more later, it is one conversion and one commission',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const sale = checkout({ id: 'one', amount: 5000, code: 'ANN' })
      const answers = await Promise.all(Array.from({ length: 5 }, () => programme.deliver(sale)))
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200])
      await programme.deliver(sale)
      await expectOneSale(programme)
    },
  )

  withProgramme('two different events about one payment are one sale', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    await programme.deliver({
      ...checkout({ id: 'one', amount: 5000, code: 'ANN' }),
      id: 'evt_other',
      type: 'checkout.session.async_payment_succeeded',
    })
    await expectOneSale(programme)
  })

  withProgramme(
    'a crash between storing and processing, then the retry and another delivery: still one',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const sale = checkout({ id: 'one', amount: 5000, code: 'ANN' })
      await storeOnly(programme, sale)
      await programme.deliver(sale)
      const [stored] = await programme.db.selectFrom('provider_event_state').selectAll().execute()
      await Promise.all([1, 2, 3].map(() => processStoredEvent(programme, stored?.provider_event_id ?? 0)))
      await expectOneSale(programme)
    },
  )

  withProgramme('the browser reports it before and after the provider does: one purchase', async (programme) => {
    await programme.addAffiliate('ANN')
    const report = {
      project_id: programme.projectId,
      type: 'purchase',
      value: 50,
      email: 'Buyer@example.com',
      referral_code: 'ANN',
      idempotency_key: 'call-1',
    }
    await programme.report(report)
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    await programme.report(report)
    await expectOneSale(programme)
  })

  withProgramme(
    'the browser reports it only after the provider did: one purchase, and a second report is another one',
    async (programme) => {
      await programme.addAffiliate('ANN')
      await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
      const report = {
        project_id: programme.projectId,
        type: 'purchase',
        value: 50,
        email: 'buyer@example.com',
        idempotency_key: 'call-1',
      }
      await programme.report(report)
      await expectOneSale(programme)
      await programme.report({ ...report, idempotency_key: 'call-2' })
      expect((await programme.tables())['conversion']).toMatchObject([{ status: 'approved' }, { status: 'pending' }])
    },
  )

  withProgramme(
    'accepted from the browser and paid, the provider confirms it without paying again',
    async (programme) => {
      await programme.set({ browser_purchases: 'accept' })
      await programme.addAffiliate('ANN')
      await programme.report({
        project_id: programme.projectId,
        type: 'purchase',
        value: 50,
        email: 'buyer@example.com',
        referral_code: 'ANN',
      })
      await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
      await expectOneSale(programme)
    },
  )

  async function expectOneSale(programme: Programme) {
    const { conversion, commission, ledger_entry } = await programme.tables()
    expect(conversion).toHaveLength(1)
    expect(conversion?.[0]).toMatchObject({ status: 'approved', amount: 5000, external_id: 'pi_one' })
    expect(commission).toHaveLength(1)
    expect(ledger_entry).toHaveLength(1)
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '10.00',
      eligible: '10.00',
      held: '0.00',
      paid: '0.00',
    })
    const { body } = await programme.get('/api/v1/affiliates/ann%40example.com')
    expect(body.data.purchases).toBe(1)
  }

  async function storeOnly({ db, projectId, clock }: Programme, event: { id: string; type: string }) {
    await db.transaction().execute((tx) =>
      storeEvent(tx, {
        project_id: projectId,
        provider: 'stripe',
        event_id: event.id,
        type: event.type,
        payload: JSON.stringify(event),
        received_at: clock.now(),
      }),
    )
  }
})
