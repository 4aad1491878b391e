/**
 * Promises 2, 6, 7 and 11 for each payment provider, on raw signed events through the webhook's address: a random life of a
 * customer, told in any order, each event up to three times, some failing the first time, ends in the same sales, ledger and
 * balances as the same life told in its order, once. So no duplicate and no retry pays twice (2, 6), refunds in any number
 * of steps and disputes take back exactly their share and never more (7), order does not matter (11), and what was answered
 * 2xx is not lost although its processing failed (1, as far as the process lives; promises/01 kills it).
 */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { setTerms } from '../core/terms/versions.ts'
import { getProject, defaultCampaignId } from '../core/project/project.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import { retryProviderEvents } from '../jobs/retry-provider-events.ts'
import { type FreshDatabase, onBothDatabases } from '../test/databases.ts'
import { brittle, type Breaker } from '../test/failing.ts'
import { dayAt, deliveriesOf, type Delivery, leftOf, life } from '../test/life-cycle.ts'
import { createProgramme, type Programme } from '../test/programme.ts'
import { TELLERS, type Teller } from '../test/told-lives.ts'
import { PROVIDER_NAMES, type ProviderName } from './registry.ts'

/** `RUNS=500` for a long run, `SEED=...` to repeat one. */
const [RUNS, SEED] = ['RUNS', 'SEED'].map((name) => (process.env[name] ? Number(process.env[name]) : undefined))

const NOW = dayAt(75)
const LATER = dayAt(76)

describe.each(PROVIDER_NAMES)('%s', (provider) => {
  const teller = TELLERS[provider]
  const history = life.chain((one) =>
    fc.record({ one: fc.constant(one), deliveries: deliveriesOf(teller.tell(one, '0000000').length) }),
  )

  onBothDatabases(
    'a life told in any order, repeatedly and with failures, ends like the same life told in order, once',
    async (fresh) => {
      const { programme, breaker } = await connected(fresh, provider)
      const ends = new Set<string>()
      let round = 0
      await fc.assert(
        fc.asyncProperty(history, async ({ one, deliveries }) => {
          round += 1
          await programme.set({ commission_on_tax: one.taxed })
          const straight = await liveOnce(programme, `9${String(round).padStart(5, '0')}1`, (mark) =>
            inOrder(programme, provider, teller, teller.tell(one, mark)),
          )
          const mixed = await liveOnce(programme, `9${String(round).padStart(5, '0')}2`, (mark) =>
            shuffled(programme, provider, teller, teller.tell(one, mark), deliveries, breaker),
          )
          expect(mixed).toEqual(straight)
          ends.add(JSON.stringify(straight))
        }),
        { numRuns: RUNS ?? (fresh.engine === 'sqlite' ? 25 : 6), ...(SEED !== undefined && { seed: SEED }) },
      )
      expect(ends.size).toBeGreaterThan(3)
      expect(await programme.db.transaction().execute((tx) => verifyLedger(tx, NOW))).toMatchObject({ ok: true })
      await programme.app.close()
    },
    120_000 + (RUNS ?? 0) * 2_000,
  )
})

/** Under terms where it matters how many payments came before, and which product was sold. */
async function connected(fresh: FreshDatabase, provider: ProviderName) {
  const { db, breaker } = brittle(fresh.db)
  const programme = await createProgramme({ ...fresh, db })
  const { projectId, sealer } = programme
  programme.clock.set(NOW)
  await fresh.db.transaction().execute(async (tx) => {
    await connectProvider(tx, projectId, provider, sealer.seal(TELLERS[provider].secret), NOW)
    const project = await getProject(tx, projectId)
    const campaign = await defaultCampaignId(tx, projectId)
    await setTerms(tx, project, campaign, {}, { duration: 'payments', duration_count: 2, hold_days: 21 }, NOW)
    await setTerms(tx, project, campaign, { product_id: 'pro' }, { rate: 30, hold_days: 7 }, NOW)
    await setTerms(tx, project, campaign, { product_id: '7' }, { rate: 30, hold_days: 7 }, NOW)
  })
  return { programme, breaker }
}

async function liveOnce(programme: Programme, mark: string, happen: (mark: string) => Promise<void>) {
  await programme.addAffiliate(`C${mark}`, `affiliate-${mark}@example.com`)
  await happen(mark)
  await settle(programme)
  return leftOf(programme.db, mark, NOW)
}

async function inOrder(programme: Programme, provider: ProviderName, { sign }: Teller, events: object[]) {
  for (const event of events) expect(await post(programme, provider, sign(event))).toBe(200)
}

/** What could not be stored is sent again at the end, as a provider does. */
async function shuffled(
  programme: Programme,
  provider: ProviderName,
  { sign }: Teller,
  events: object[],
  deliveries: Delivery[],
  breaker: Breaker,
) {
  const again: number[] = []
  for (const { event, fails } of deliveries) {
    // Of a delivery, the first transaction looks up the secret, the second stores, the third applies.
    breaker.arm(fails && { transaction: fails.at === 'store' ? 2 : 3, query: fails.query })
    const status = await post(programme, provider, sign(events[event] ?? {}))
    breaker.arm(null)
    expect([200, 500]).toContain(status)
    if (status === 500) again.push(event)
  }
  for (const event of again) expect(await post(programme, provider, sign(events[event] ?? {}))).toBe(200)
}

/** The job comes round until nothing is due. */
async function settle(programme: Programme) {
  for (let hour = 0; ; hour++) {
    programme.clock.set(new Date(Date.parse(LATER) + hour * 3_600_000).toISOString())
    const { open } = await programme.db
      .selectFrom('provider_event_state')
      .select((eb) => eb.fn.countAll<number>().as('open'))
      .where('status', 'not in', ['processed', 'ignored'])
      .executeTakeFirstOrThrow()
    if (open === 0) break
    expect(hour, `${open} events are not processed`).toBeLessThan(5)
    await retryProviderEvents(programme)
  }
  programme.clock.set(NOW)
}

async function post(
  { app, projectId }: Programme,
  provider: ProviderName,
  { payload, headers }: { payload: string; headers: Record<string, string> },
): Promise<number> {
  const response = await app.inject({
    method: 'POST',
    url: `/webhook/${provider}/${projectId}`,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return response.statusCode
}
