import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { openDatabase } from './db/open.ts'
import { readiness } from './readiness.ts'
import { createPostgresDatabase } from './test/databases.ts'
import { startPostgres } from './test/postgres.ts'
import { checkout, createProgramme, type Programme, withProgramme } from './test/programme.ts'

const ok = { status: 200, body: { status: 'ok' } }
const unavailable = (error: RegExp) => ({
  status: 503,
  body: { success: false, code: 'database_unavailable', error: expect.stringMatching(error) },
  headers: { 'retry-after': '5' },
})

/** Answers of this process are not shared for a second in these stories. */
function hurry() {
  let at = 0
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => (at += 2000))
  onTestFinished(() => spy.mockRestore())
}

const follow = async ({ app }: Programme) => (await app.inject({ url: '/r/ANN' })).statusCode

withProgramme('health and readiness are one write, whoever asks within a second', async (programme) => {
  const { db, get, clock } = programme
  const beats = async () => (await db.selectFrom('heartbeat').select(['at', 'filler']).execute())[0]
  const still = vi.spyOn(performance, 'now').mockReturnValue(5000)
  onTestFinished(() => still.mockRestore())
  for (const answer of await Promise.all(['/healthz', '/readyz', '/healthz'].map((url) => get(url))))
    expect(answer).toMatchObject(ok)
  expect(await beats()).toEqual({ at: '2026-11-20T12:00:00.000Z', filler: '' })

  clock.set('2026-11-20T12:00:01.000Z')
  still.mockReturnValue(5999)
  expect(await get('/healthz')).toMatchObject(ok)
  expect(await beats()).toMatchObject({ at: '2026-11-20T12:00:00.000Z' })
  still.mockReturnValue(6000)
  expect(await get('/healthz')).toMatchObject(ok)
  expect(await beats()).toMatchObject({ at: '2026-11-20T12:00:01.000Z' })
})

withProgramme('a process that ends, or whose clock is wrong, is healthy but not ready', async (programme) => {
  const { addAffiliate, call, deliver, get } = programme
  await addAffiliate('ANN')
  await deliver(checkout({ id: 'sold', amount: 5000, code: 'ANN', email: 'buyer@example.com' }))
  onTestFinished(() => void Object.assign(readiness, { draining: false, clock: undefined }))
  readiness.clock = 'The clock of this machine says noon'
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: { code: 'clock_wrong', error: 'The clock of this machine says noon; try again in 5 seconds' },
  })
  const pay = () => call('POST', '/payouts', { affiliate_id: 1 })
  expect(await pay()).toMatchObject({ status: 503, body: { code: 'clock_wrong' }, headers: { 'retry-after': '5' } })
  readiness.clock = undefined
  expect(await pay()).toMatchObject({ status: 201, body: { data: { amount: '10.00' } } })
  readiness.draining = true
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: { code: 'draining' },
    headers: { 'retry-after': '5' },
  })
  expect(await get('/healthz')).toMatchObject(ok)
})

withProgramme(
  'a database that only reads takes no writes and says so, known links lead on, and later it goes on',
  async (programme) => {
    const { addAffiliate, get, click, db, engine, url } = programme
    await addAffiliate('ANN')
    expect(await follow(programme)).toBe(302)
    hurry()
    const readOnly = async (on: boolean) => {
      if (engine === 'sqlite') return void (await sql.raw(`pragma query_only = ${on}`).execute(db))
      const admin = new pg.Client(`${inject('postgresServer')}/postgres`)
      await admin.connect()
      const name = new URL(url).pathname.slice(1)
      await admin.query(`alter database ${name} set default_transaction_read_only = ${on}`)
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name])
      await admin.end()
    }
    await readOnly(true)
    // The pool notices one after the other that its connections are gone.
    await expect.poll(() => get('/healthz')).toMatchObject(unavailable(/^The database is read-only/))
    expect(await get('/readyz')).toMatchObject(unavailable(/^The database is read-only/))
    expect(await click('ANN', 'click-0001')).toMatchObject(unavailable(/^The database is read-only/))
    expect(
      await programme.call('POST', '/conversions', { reference: 'r1', base_value: 10, email: 'b@example.com' }),
    ).toMatchObject(unavailable(/^The database is read-only/))
    expect(await follow(programme)).toBe(302)
    await readOnly(false)
    expect(await get('/healthz')).toMatchObject(ok)
    expect((await click('ANN', 'click-0001')).status).toBe(200)
  },
)

withProgramme(
  'a full database is unhealthy, refuses what it cannot keep, and goes on when there is room',
  async (programme) => {
    const { addAffiliate, get, click, db, engine } = programme
    // On PostgreSQL a disk cannot be filled without rights; its error 53100 is in db/failure.ts.
    if (engine === 'postgres') return
    await addAffiliate('ANN')
    expect(await follow(programme)).toBe(302)
    hurry()
    await sql`pragma max_page_count = 1`.execute(db) // Not below what there is.
    let [stored, answer] = [0, await click('ANN', 'click-00000')]
    for (; answer.status === 200 && stored < 1000; stored++) answer = await click('ANN', `click-1${stored}`)
    expect(answer).toMatchObject(unavailable(/^The database has no disk space left; try again in 5 seconds$/))
    expect(await get('/healthz')).toMatchObject(unavailable(/^The database has no disk space left/))
    expect(await follow(programme)).toBe(302)
    await sql`pragma max_page_count = 4294967294`.execute(db)
    expect(await get('/healthz')).toMatchObject(ok)
    expect((await click('ANN', 'click-again')).status).toBe(200)
  },
)

withProgramme('a database that hangs is not waited for', async ({ get, engine, url }) => {
  if (engine === 'sqlite') return // Nobody else can hold its only connection.
  const other = new pg.Client(url)
  await other.connect()
  await other.query('begin; lock table heartbeat')
  expect(await get('/healthz')).toMatchObject(unavailable(/^The database did not take a write within 3 seconds/))
  await other.query('rollback')
  await vi.waitFor(async () => expect(await get('/healthz')).toMatchObject(ok), { timeout: 5000 })
  await other.end()
})

test('a primary that became a standby is called one, and is healthy once it is the primary again', async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const url = await createPostgresDatabase(postgres.server)
  const db = openDatabase(url)
  const programme = await createProgramme({ db, engine: 'postgres', url })
  onTestFinished(async () => {
    await programme.app.close()
    await db.destroy()
  })
  await programme.addAffiliate('ANN')
  expect(await follow(programme)).toBe(302)
  hurry()

  await postgres.pause()
  const signal = join(postgres.data, 'standby.signal')
  writeFileSync(signal, '')
  chmodSync(signal, 0o666)
  // It reports readiness in other words than a primary, which the package does not wait for.
  postgres.resume().catch(() => {})
  await vi.waitFor(
    async () =>
      expect(await programme.get('/healthz')).toMatchObject(unavailable(/^The database is read-only: it is a standby/)),
    { timeout: 20_000 },
  )
  expect(await programme.click('ANN', 'click-0001')).toMatchObject(unavailable(/^The database is read-only/))
  expect(await follow(programme)).toBe(302)

  await postgres.pause()
  rmSync(signal)
  await postgres.resume()
  expect(await programme.get('/healthz')).toMatchObject(ok)
  expect((await programme.click('ANN', 'click-0001')).status).toBe(200)
})
