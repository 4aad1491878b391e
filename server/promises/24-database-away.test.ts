/**
 * Promise 24: any number of processes are as one, whatever happens to their PostgreSQL. It is restarted and all connections are
 * ended under load, and a process is frozen while it holds rows that others need: no process ends, whatever was answered 2xx is
 * there once, known links lead on all the time, and the others do not wait for the frozen one.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { verifyLedger } from '../core/ledger/verify.ts'
import { openDatabase } from '../db/open.ts'
import { createPostgresDatabase } from '../test/databases.ts'
import { type RunningPostgres, startPostgres } from '../test/postgres.ts'
import { BROWSER } from '../test/programme.ts'
import { type ChildServer, type Seeded, seedAt, startServer } from './child-server.ts'

const ROUNDS = 16

let postgres: RunningPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

/** Two servers on a database of their own. */
async function pair(): Promise<{ database: Seeded; servers: [ChildServer, ChildServer] }> {
  const database = await seedAt(await createPostgresDatabase(postgres.server))
  const servers = await Promise.all([startServer(database.env), startServer(database.env)])
  onTestFinished(() => servers.forEach(({ child }) => child.kill('SIGKILL')))
  return { database, servers }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  return client
}

async function query<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = await connected(url)
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}

interface Answer {
  status: number
  body: string
  retryAfter: string | null
}

async function ask(url: string, path: string, body?: object, apiKey?: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    redirect: 'manual',
    headers: {
      'user-agent': BROWSER,
      'content-type': 'application/json',
      ...(apiKey && { authorization: `Bearer ${apiKey}` }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.text(), retryAfter: response.headers.get('retry-after') }
}

const buy = ({ apiKey }: Seeded, { url }: ChildServer, reference: string) =>
  ask(
    url,
    '/api/v1/conversions',
    { reference, base_value: 50, email: `${reference}@example.com`, referral_code: 'ANN' },
    apiKey,
  )

const click = ({ projectId }: Seeded, { url }: ChildServer, click_id: string) =>
  ask(url, '/api/track/click', { project_id: projectId, referral_code: 'ANN', click_id, url: 'https://shop.test/' })

test(
  `two servers live through ${ROUNDS} restarts and lost connections, and lose nothing they acknowledged`,
  { timeout: 180_000 },
  async () => {
    const { database, servers } = await pair()
    const url = database.env.DATABASE_URL
    const sold = servers.map(() => new Set<string>())
    const clicked = servers.map(() => new Set<string>())
    const load = { running: true, unexpected: new Set<string>() }
    onTestFinished(() => void (load.running = false))
    const expectStatus = (what: string, { status, body }: Answer, allowed: number[]) => {
      if (!allowed.includes(status)) load.unexpected.add(`${what} ${status} ${body}`)
    }

    // A link that was followed before is known.
    for (const { url } of servers) expect((await ask(url, '/r/ANN')).status).toBe(302)

    const work = servers.flatMap((server, index) => [
      ...Array.from({ length: 2 }, async (_, client) => {
        for (let number = 0; load.running; number++) {
          const reference = `order-${index}-${client}-${number}`
          // As a shop does: until it is taken. 409: an answer was lost, the order is there.
          for (let status = 503; status === 503 && load.running;) {
            const answer = await buy(database, server, reference)
            expectStatus('purchase', answer, [201, 409, 503])
            status = answer.status
            if (status === 201 || status === 409) sold[index]?.add(reference)
          }
        }
      }),
      (async () => {
        while (load.running) {
          const id = randomUUID()
          const answer = await click(database, server, id)
          expectStatus('click', answer, [200, 503])
          if (answer.status === 200) clicked[index]?.add(id)
        }
      })(),
      (async () => {
        while (load.running) {
          expectStatus('link', await ask(server.url, '/r/ANN'), [302])
          await sleep(10)
        }
      })(),
    ])

    // A server that ends answers nothing.
    const done = Promise.all(work).catch((error: unknown) => load.unexpected.add(String(error)))

    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2) {
        await query(
          `${postgres.server}/postgres`,
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`,
          [new URL(url).pathname.slice(1)],
        )
      } else {
        await postgres.pause()
        for (const server of servers) {
          const unavailable = { status: 503, retryAfter: '5', body: expect.stringContaining('"database_unavailable"') }
          expect(await click(database, server, randomUUID())).toEqual(unavailable)
          expect(await ask(server.url, '/healthz')).toEqual(unavailable)
          expect((await ask(server.url, '/r/ANN')).status).toBe(302)
        }
        await postgres.resume()
      }
      const before = sold.map(({ size }) => size)
      await vi.waitFor(
        () => sold.forEach(({ size }, index) => expect(size).toBeGreaterThan((before[index] ?? 0) + 1)),
        { timeout: 15_000 },
      )
    }
    load.running = false
    await done

    expect([...load.unexpected]).toEqual([])
    expect(servers.map(({ child }) => [child.exitCode, child.signalCode])).toEqual([
      [null, null],
      [null, null],
    ])
    await vi.waitFor(
      async () => {
        for (const server of servers) expect((await ask(server.url, '/healthz')).status).toBe(200)
      },
      { timeout: 15_000 },
    )

    const orders = await query<{ reference: string; commissions: number }>(
      url,
      `select reference, (select count(*)::int from commission where conversion_id = conversion.id) as commissions
         from conversion`,
    )
    const references = new Set(orders.map(({ reference }) => reference))
    expect(references.size).toBe(orders.length)
    expect(orders.filter(({ commissions }) => commissions !== 1)).toEqual([])
    expect(sold.flatMap((taken) => [...taken]).filter((reference) => !references.has(reference))).toEqual([])

    const clicks = await query<{ click_id: string }>(url, `select click_id from click where source = 'script'`)
    const ids = new Set(clicks.map(({ click_id }) => click_id))
    expect(clicked.flatMap((taken) => [...taken]).filter((id) => !ids.has(id))).toEqual([])
    const [counters] = await query(
      url,
      `select (select sum(clicks)::int from rollup where period = 'all') as counted, (select count(*)::int from click) as stored,
         (select event_seq::int - count(*)::int from project, event group by event_seq) as missing_events`,
    )
    expect(counters).toEqual({
      counted: (counters as { stored: number }).stored,
      stored: expect.any(Number),
      missing_events: 0,
    })

    const db = openDatabase(url)
    onTestFinished(() => db.destroy())
    expect(await db.transaction().execute((tx) => verifyLedger(tx, new Date().toISOString()))).toMatchObject({
      ok: true,
      entries: orders.length,
    })
    process.stdout.write(
      `promise 24: ${ROUNDS} times without connections, ${orders.length} orders and ${ids.size} clicks, both processes alive\n`,
    )
  },
)

const BLOCKED = 'select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))'

const pidOf = async (client: pg.Client) =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid

test(
  'a process that is frozen while it holds rows holds nobody up, and finishes its work when it goes on',
  { timeout: 120_000 },
  async () => {
    const { database, servers } = await pair()
    const url = database.env.DATABASE_URL
    const [frozen, other] = servers
    expect((await buy(database, other, 'first')).status).toBe(201)
    expect((await click(database, other, 'click-0001')).status).toBe(200)
    expect((await click(database, frozen, 'click-0002')).status).toBe(200)

    const watcher = await connected(url)
    onTestFinished(() => watcher.end())
    const stories = {
      sale: {
        row: 'update affiliate set ledger_seq = ledger_seq',
        work: (server: ChildServer, id: string) => buy(database, server, id),
        done: 201,
      },
      click: {
        row: `update rollup set clicks = clicks where period = 'all'`,
        work: (server: ChildServer, id: string) => click(database, server, id),
        done: 200,
      },
    }
    for (const [name, { row, work, done }] of Object.entries(stories)) {
      // Frozen exactly when it gets the row: while it waits for one that is ours.
      const holder = await connected(url)
      await holder.query(`begin; ${row}`)
      const interrupted = work(frozen, `${name}-frozen`)
      await vi.waitFor(async () => expect((await watcher.query(BLOCKED, [await pidOf(holder)])).rows).toHaveLength(1), {
        timeout: 4000,
      })
      frozen.child.kill('SIGSTOP')
      await holder.query('rollback')

      expect((await work(other, `${name}-other`)).status).toBe(done)
      frozen.child.kill('SIGCONT')
      expect((await interrupted).status).toBe(done)
      await holder.end()
    }
    const [counts] = await query(
      url,
      `select (select count(*)::int from conversion) as sales, (select count(*)::int from ledger_entry) as entries,
         (select count(*)::int from click) as clicks, (select clicks::int from rollup where period = 'all') as counted`,
    )
    expect(counts).toEqual({ sales: 3, entries: 3, clicks: 4, counted: 4 })
  },
)
