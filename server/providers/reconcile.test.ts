import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { runCommand } from '../test/command-line.ts'
import { checkout, type Programme, withProgramme, WEBHOOK_SECRET } from '../test/programme.ts'
import { startStripe, type StripeDouble } from '../test/stripe-double.ts'
import { invoicePaid, invoicePaymentPaid, refundObject } from '../test/stripe-events.ts'
import { reconcile as reconcileWith } from './reconcile.ts'

interface Story extends Programme {
  stripe: StripeDouble
  reconcile: (options?: { repair?: boolean; since?: string }) => ReturnType<typeof reconcileWith>
  said: string[]
}

const AT = '2026-11-20T12:00:00.000Z'

const withStripe = (title: string, story: (programme: Story) => Promise<void>) =>
  withProgramme(title, async (programme) => {
    const stripe = await startStripe()
    const said: string[] = []
    try {
      const { db, sealer, projectId, clock } = programme
      const api = { api_key_sealed: sealer.seal(stripe.key), api_url: stripe.url, endpoint_id: null }
      const secret = sealer.seal(WEBHOOK_SECRET)
      await db.transaction().execute((tx) => connectProvider(tx, projectId, 'stripe', secret, clock.now(), api))
      await programme.addAffiliate('ANN')
      const reconcile: Story['reconcile'] = ({ repair = false, since = '2026-11-01T00:00:00.000Z' } = {}) =>
        reconcileWith(programme, projectId, 'stripe', { since, repair, progress: (text) => void said.push(text) })
      await story({ ...programme, stripe, reconcile, said })
    } finally {
      await stripe.close()
    }
  })

type Invoice = Parameters<typeof invoicePaid>[0]

/** Stripe has it on record; it is told only when a story delivers it. */
function billed(stripe: StripeDouble, invoice: Invoice, payment = `pi_of_${invoice.id}`) {
  const sent = invoicePaid({ metadata: { referral_code: 'ANN' }, subscription: 'sub_1', at: AT, ...invoice })
  const joined = invoicePaymentPaid({ invoice: invoice.id, payment, at: AT })
  stripe.objects.invoices.push({ ...sent.data.object, created: sent.created, status: 'paid' })
  stripe.objects.invoice_payments.push({ ...joined.data.object, created: joined.created })
  return { sent, joined }
}

function gaveBack(stripe: StripeDouble, refund: Parameters<typeof refundObject>[0]) {
  const sent = refundObject({ at: AT, ...refund })
  stripe.objects.refunds.push({ ...sent.data.object, created: sent.created })
  return sent
}

/** PostgreSQL lists a row that was touched last. */
const byId = (rows: unknown[] = []) => (rows as { id: number }[]).toSorted((a, b) => a.id - b.id)

const short = ({ differences }: Awaited<ReturnType<typeof reconcileWith>>) =>
  differences.map(({ kind, external_id, provider_says, recorded, result }) =>
    [kind, external_id, provider_says ?? 'nothing', recorded ?? 'nothing', result].join(' | '),
  )

describe('reconcile', () => {
  withStripe('lists what was never told, and books it through the same pipeline, once', async (story) => {
    const { stripe, deliver, reconcile, earningsOf, call, tables } = story
    const told = billed(stripe, { id: 'in_told', total: 1000, email: 'one@example.com', customer: 'cus_1' })
    await deliver(told.sent)
    billed(stripe, { id: 'in_lost', total: 5000, email: 'two@example.com', customer: 'cus_2' })
    const session = checkout({ id: 'lost', amount: 3000, code: 'ANN', email: 'three@example.com' })
    stripe.objects['checkout/sessions'].push({
      ...session.data.object,
      status: 'complete',
      created: Date.parse(AT) / 1000,
    })
    // Its invoice is known here, the webhook that joins the two was never ticked.
    gaveBack(stripe, { id: 're_told', amount: 500, charge: 'ch_1', payment: 'pi_of_in_told' })
    gaveBack(stripe, { id: 're_lost', amount: 2500, charge: 'ch_2', payment: 'pi_of_in_lost' })
    gaveBack(stripe, { id: 're_old', amount: 100, charge: 'ch_0', payment: 'pi_from_before' })
    gaveBack(stripe, { id: 're_open', amount: 100, charge: 'ch_1', payment: 'pi_of_in_told', status: 'pending' })
    stripe.trouble.push(429)

    const found = [
      'sale_without_decision | in_lost | 50.00 USD | nothing',
      'sale_without_decision | pi_lost | 30.00 USD | nothing',
      'refund_not_mirrored | re_told | 5.00 USD | nothing',
      'refund_not_mirrored | re_lost | 25.00 USD | nothing',
    ]
    const old = 'refund_of_unknown_sale | re_old | 1.00 USD | nothing | left'
    const listed = await reconcile()
    expect(listed.read).toEqual({ sales: 3, refunds: 4 })
    expect(short(listed).toSorted()).toEqual([...found.map((line) => `${line} | left`), old].toSorted())
    expect((await earningsOf('ann@example.com')).total).toBe('2.00')

    const repaired = await reconcile({ repair: true })
    expect(short(repaired).toSorted()).toEqual([...found.map((line) => `${line} | repaired`), old].toSorted())
    // 20 % of 10 - 5, of 50 - 25, and of 30.
    expect((await earningsOf('ann@example.com')).total).toBe('12.00')
    const events = (await call('GET', '/provider-events')).body.data as { event_id: string; type: string }[]
    expect(events.map(({ event_id, type }) => `${event_id} ${type}`)).toEqual(
      expect.arrayContaining(['reconcile:in_lost invoice.paid', 'reconcile:re_lost:succeeded refund.updated']),
    )
    expect((await call('GET', '/providers/stripe/check')).body.data.last_event_at).toBe('2026-11-20T12:00:00.000Z')

    const before = await tables()
    expect(short(await reconcile({ repair: true }))).toEqual([old])
    // And when the webhook comes after all.
    await deliver(billed(stripe, { id: 'in_lost', total: 5000, email: 'two@example.com', customer: 'cus_2' }).sent)
    await deliver(session)
    const after = await tables()
    for (const table of ['conversion', 'commission', 'ledger_entry', 'refund'])
      expect(byId(after[table])).toEqual(byId(before[table]))
  })

  withStripe('names amounts that differ and commissions nobody paid for; both are left to people', async (story) => {
    const { stripe, deliver, reconcile, call } = story
    const { sent } = billed(stripe, { id: 'in_1', total: 1000 })
    await deliver(sent)
    await call('PUT', '/conversions/1', { base_value: 7.5 })
    await deliver(
      invoicePaid({
        id: 'in_gone',
        total: 2000,
        subscription: 'sub_2',
        email: 'x@example.com',
        metadata: { referral_code: 'ANN' },
      }),
    )
    await deliver(checkout({ id: 'gone', amount: 400, code: 'ANN', email: 'y@example.com' }))
    // Made long before, and paid now: read by its id.
    const late = billed(stripe, { id: 'in_late', total: 300, email: 'z@example.com' })
    await deliver(late.sent)
    Object.assign(stripe.objects.invoices.at(-1) ?? {}, { created: Date.parse('2026-06-01') / 1000 })
    const differences = [
      'amount_differs | in_1 | 10.00 USD | 7.50 USD | left',
      'commission_without_payment | in_gone | nothing | 4.00 USD | left',
      'commission_without_payment | pi_gone | nothing | 0.80 USD | left',
    ]
    expect(short(await reconcile())).toEqual(differences)
    expect(short(await reconcile({ repair: true }))).toEqual(differences)
    expect(short(await reconcile({ since: '2026-11-21T00:00:00.000Z' }))).toEqual([])
    await call('DELETE', '/conversions/1')
    expect(short(await reconcile())).toEqual(differences.slice(1))
  })

  withStripe('a refund that failed afterwards is given back; the sum of refunds counts as told', async (story) => {
    const { stripe, deliver, reconcile, earningsOf } = story
    const { sent, joined } = billed(stripe, { id: 'in_1', total: 1000 })
    await deliver(sent)
    await deliver(joined)
    const done = gaveBack(stripe, { id: 're_1', amount: 500, charge: 'ch_1', payment: 'pi_of_in_1' })
    await deliver(done)
    expect((await earningsOf('ann@example.com')).total).toBe('1.00')
    expect(short(await reconcile())).toEqual([])
    Object.assign(stripe.objects.refunds[0] ?? {}, { status: 'failed' })
    expect(short(await reconcile({ repair: true }))).toEqual([
      'refund_not_mirrored | re_1 | nothing | 5.00 USD | repaired',
    ])
    expect((await earningsOf('ann@example.com')).total).toBe('2.00')
    expect(short(await reconcile())).toEqual([])
  })

  withStripe('reads page after page, and says how far it is', async (story) => {
    const { stripe, reconcile, said, tables } = story
    for (let n = 0; n < 130; n++)
      billed(stripe, { id: `in_${n}`, total: 100, email: `p${n}@example.com`, customer: `cus_${n}` })
    const report = await reconcile({ repair: true })
    expect(report.read.sales).toBe(130)
    expect(report.differences.every(({ result }) => result === 'repaired')).toBe(true)
    expect((await tables())['conversion']).toHaveLength(130)
    expect(stripe.requests.filter((request) => request === 'GET /v1/invoices')).toHaveLength(2)
    expect(said).toEqual(['100 payments read', '100 of 130 booked'])
  })

  withStripe('what it cannot do is one sentence', async (story) => {
    const { db, sealer, projectId, clock, stripe, reconcile, addProject } = story
    const other = await addProject('Other')
    await expect(
      reconcileWith(story, other.projectId, 'stripe', { since: AT, repair: false, progress: () => {} }),
    ).rejects.toThrow('No Stripe key is stored; run "refgrow provider connect')
    const connect = (key: string) => {
      const api = { api_key_sealed: sealer.seal(key), api_url: stripe.url, endpoint_id: null }
      const secret = sealer.seal(WEBHOOK_SECRET)
      return db.transaction().execute((tx) => connectProvider(tx, projectId, 'stripe', secret, clock.now(), api))
    }
    await connect('sk_test_other')
    await expect(reconcile()).rejects.toThrow('Stripe does not accept the secret key')
    await db.updateTable('provider_connection').set({ live: 1 }).execute()
    await expect(reconcile()).rejects.toThrow('The stored key is a test key, and this project takes live payments')
  })
})

describe('refgrow inbox reconcile', () => {
  afterEach(() => void (process.exitCode = 0))

  test('prints what differs and exits with 1, then books it', async () => {
    const stripe = await startStripe()
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      const env = {
        DATABASE_URL: `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`,
        SECRET_KEY: '5'.repeat(64),
        PUBLIC_URL: 'https://refgrow.shop.test',
      }
      await runCommand('project create --name Acme --currency usd', env)
      await runCommand(
        `provider connect --project 1 --provider stripe --secret-key ${stripe.key} --api-url ${stripe.url}`,
        env,
      )
      billed(stripe, { id: 'in_1', total: 1000 })
      const reconcile = (more = '') =>
        runCommand(`inbox reconcile --project 1 --provider stripe --since 2026-11-01${more}`, env)
      expect(await reconcile()).toMatch(
        /sale_without_decision +in_1 .* left\n1 payments and 0 refunds since 2026-11-01/,
      )
      expect(process.exitCode).toBe(1)
      process.exitCode = 0
      expect(JSON.parse(await reconcile(' --repair --json'))).toMatchObject({
        differences: [{ external_id: 'in_1', result: 'repaired' }],
      })
      expect(process.exitCode).toBe(0)
      expect(await reconcile()).toContain('Nothing differs.')
      await expect(runCommand('inbox reconcile --project 1 --provider stripe --since yesterday', env)).rejects.toThrow(
        /Expected a day such as 2026-11-20, got "yesterday"/,
      )
    } finally {
      written.mockRestore()
      await stripe.close()
    }
  })
})
