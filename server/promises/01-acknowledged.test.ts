/**
 * Promise 1: an acknowledged sale is never lost. A server is killed while purchases arrive by API and by webhook; whatever it
 * answered 2xx to is there afterwards, once. `KILLS=50` for a long run, `SEED=...` to repeat one.
 */
import { hash, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import Stripe from 'stripe'
import { afterAll, expect, test } from 'vitest'
import { verifyLedger } from '../core/ledger/verify.ts'
import { openDatabase } from '../db/open.ts'
import { checkout, WEBHOOK_SECRET } from '../test/programme.ts'
import { type ChildServer, type SeededDatabase, seedDatabase, startServer } from './child-server.ts'

const KILLS = Number(process.env['KILLS'] ?? 8)
const SEED = process.env['SEED'] ?? String(randomInt(1_000_000))
const CLIENTS = 6

interface Order {
  name: string
  by: 'api' | 'webhook'
  acknowledged: boolean
}

let server: ChildServer | undefined
afterAll(() => server?.child.kill('SIGKILL'))

test(
  `whatever was answered 2xx before ${KILLS} kills is there once (seed ${SEED})`,
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    const database = await seedDatabase()
    const orders: Order[] = []
    const unanswered: Order[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      server = await startServer(database.env)
      const running = { alive: true }
      const clients = Array.from({ length: CLIENTS }, () =>
        buy(database, server!.url, running, () => {
          // What got no answer is sent again first, as a shop and Stripe do.
          const again = unanswered.pop()
          if (again) return again
          const order = { name: `order-${orders.length}`, by: orders.length % 3 ? 'api' : 'webhook' } as const
          orders.push({ ...order, acknowledged: false })
          return orders.at(-1)!
        }),
      )
      // On a busy machine too, each life sells something.
      const answered = () => orders.filter((order) => order.acknowledged).length
      for (const before = answered(); answered() === before;) await sleep(5)
      await sleep(random(kill) * 600)
      running.alive = false
      server.child.kill('SIGKILL')
      await server.exit
      unanswered.push(...(await Promise.all(clients)).flat())
    }

    server = await startServer(database.env)
    await buy(database, server.url, { alive: true }, () => unanswered.pop())
    await settled(database.file)
    server.child.kill('SIGTERM')
    expect(await server.exit).toBe(0)

    expect(orders.length).toBeGreaterThan(KILLS)
    expect(orders.filter((order) => !order.acknowledged)).toEqual([])
    const file = new DatabaseSync(database.file, { readOnly: true })
    expect(file.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    const found = file
      .prepare(
        `select coalesce(c.reference, substr(c.external_id, 4)) as name, c.status, c.affiliate_id,
           (select count(*) from commission where conversion_id = c.id) as commissions,
           (select count(*) from ledger_entry e join commission m on m.id = e.commission_id where m.conversion_id = c.id)
             as entries
         from conversion c order by c.id`,
      )
      .all()
      .map((row) => ({ ...row }))
    const expected = orders.map(({ name }) => ({
      name,
      status: 'approved',
      affiliate_id: 1,
      commissions: 1,
      entries: 1,
    }))
    expect(sorted(found as typeof expected)).toEqual(sorted(expected))
    file.close()

    const db = openDatabase(database.env.DATABASE_URL)
    expect(await db.transaction().execute((tx) => verifyLedger(tx, new Date().toISOString()))).toEqual({
      ok: true,
      affiliates: 1,
      entries: orders.length,
    })
    await db.destroy()
    process.stdout.write(`promise 1: ${KILLS} kills, ${orders.length} orders, none lost, none twice (seed ${SEED})\n`)
  },
)

/** Buys one order after the other until the server is gone or there are none left. @returns what got no answer */
async function buy(
  database: SeededDatabase,
  url: string,
  running: { alive: boolean },
  next: () => Order | undefined,
): Promise<Order[]> {
  while (running.alive) {
    const order = next()
    if (!order) return []
    const status = await (order.by === 'api' ? byApi : byWebhook)(database, url, order).catch(() => undefined)
    if (status === undefined) return [order]
    // 409: the order is there already; its first answer was lost with the server.
    expect([200, 201, 409]).toContain(status)
    order.acknowledged = true
  }
  return []
}

async function byApi({ apiKey }: SeededDatabase, url: string, { name }: Order): Promise<number> {
  const response = await fetch(`${url}/api/v1/conversions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ reference: name, base_value: 50, email: `${name}@example.com`, referral_code: 'ANN' }),
  })
  return response.status
}

async function byWebhook({ projectId }: SeededDatabase, url: string, { name }: Order): Promise<number> {
  const payload = JSON.stringify(checkout({ id: name, amount: 5000, code: 'ANN', email: `${name}@example.com` }))
  const signature = new Stripe('sk_test_none').webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET })
  const response = await fetch(`${url}/webhook/stripe/${projectId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body: payload,
  })
  return response.status
}

/** Events that were stored but not processed when the server died are processed by the next one. */
async function settled(file: string): Promise<void> {
  const db = new DatabaseSync(file, { readOnly: true })
  const waiting = db.prepare(`select count(*) as waiting from provider_event_state where status <> 'processed'`)
  for (let tries = 0; tries < 100 && waiting.get()?.['waiting'] !== 0; tries++) await sleep(100)
  db.close()
}

const random = (n: number) => Number.parseInt(hash('sha256', `${SEED} ${n}`).slice(0, 8), 16) / 2 ** 32

const sorted = <T extends { name: string }>(rows: T[]) => rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
