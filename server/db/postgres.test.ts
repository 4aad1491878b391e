/** What happens to connections and transactions when PostgreSQL restarts, ends them, or keeps them waiting. */
import { EventEmitter } from 'node:events'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createPostgresDatabase } from '../test/databases.ts'
import { type RunningPostgres, startPostgres } from '../test/postgres.ts'
import { unavailability } from './failure.ts'
import { openDatabase, openToRead } from './open.ts'
import { retried } from './retried.ts'
import type { Db, Tx } from './schema.ts'

const DAY = '2026-01-01'

let postgres: RunningPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

async function freshDatabase(poolSize?: number): Promise<{ db: Db; url: string; admin: pg.Client }> {
  const url = await createPostgresDatabase(postgres.server)
  const db = openDatabase(url, poolSize === undefined ? {} : { poolSize })
  const admin = await connected(url)
  onTestFinished(() => db.destroy())
  return { db, url, admin }
}

/** A connection of another program. */
async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

const addSalt = (tx: Tx | Db, day: string, salt = 'x') => tx.insertInto('daily_salt').values({ day, salt }).execute()
const salts = async (db: Db) =>
  (await db.selectFrom('daily_salt').select('day').orderBy('day').execute()).map(({ day }) => day)
const pidOf = async (tx: Tx) =>
  (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]?.pid as number
describe('a transaction', () => {
  test('is opened with all its limits in one round trip, and leaves nothing behind on the connection', async () => {
    const { db } = await freshDatabase(1)
    const settings = sql`select name, setting from pg_settings where name in ('TimeZone', 'lock_timeout',
      'statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_isolation') order by name`
    const outside = (await settings.execute(db)).rows
    const sent = vi.spyOn(pg.Client.prototype, 'query')
    onTestFinished(() => sent.mockRestore())
    expect((await retried(db, (tx) => settings.execute(tx))).rows).toEqual([
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'idle_in_transaction_session_timeout', setting: '3000' },
      { name: 'lock_timeout', setting: '5000' },
      { name: 'statement_timeout', setting: '30000' },
      { name: 'transaction_isolation', setting: 'read committed' },
    ])
    // begin, the statement, commit; without parameters pg sends a text as one message.
    expect(sent.mock.calls.map(([text, parameters]) => [text.split(' ')[0], parameters])).toEqual([
      ['begin', []],
      ['select', []],
      ['commit', []],
    ])
    sent.mockRestore()
    expect((await settings.execute(db)).rows).toEqual(outside)
  })

  test('has the isolation it asks for; who reads alone may take longer', async () => {
    const { db, url } = await freshDatabase()
    const reading = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
    expect(
      await reading.execute(async (tx) => ({
        ...((
          await sql`select current_setting('transaction_isolation') as isolation,
          current_setting('transaction_read_only') as read_only,
          current_setting('idle_in_transaction_session_timeout') as idle`.execute(tx)
        ).rows[0] as object),
      })),
    ).toEqual({ isolation: 'repeatable read', read_only: 'on', idle: '5min' })

    const reader = openToRead(url)
    onTestFinished(() => reader.destroy())
    await expect(retried(reader, (tx) => addSalt(tx, DAY))).rejects.toMatchObject({ code: '25006' })
  })

  test('that sits on a row is ended, and who waits for the row goes on', async () => {
    const { db, url } = await freshDatabase()
    await addSalt(db, DAY)
    const frozen = openDatabase(url)
    onTestFinished(() => frozen.destroy())
    const held = await frozen.startTransaction().execute()
    await held.updateTable('daily_salt').set({ salt: 'frozen' }).execute()

    await retried(db, (tx) => tx.updateTable('daily_salt').set({ salt: 'free' }).execute())
    expect(await db.selectFrom('daily_salt').select('salt').execute()).toEqual([{ salt: 'free' }])
    await expect(held.commit().execute()).rejects.toThrow(/idle-in-transaction timeout|not queryable/)
    await held.rollback().execute()
    expect(await salts(frozen)).toEqual([DAY])
  })

  test('does not wait for a lock for ever, and says that the database is busy', async () => {
    const { db, url } = await freshDatabase()
    await addSalt(db, DAY)
    const other = await connected(url)
    await other.query('begin; update daily_salt set salt = salt')
    const error = await retried(db, (tx) => tx.updateTable('daily_salt').set({ salt: 'y' }).execute()).catch(
      (failed: unknown) => failed,
    )
    expect(error).toMatchObject({ code: '55P03' })
    expect(unavailability(error)).toBe('was kept waiting too long by other work')
    await other.query('rollback')
    await retried(db, (tx) => tx.updateTable('daily_salt').set({ salt: 'y' }).execute())
  })
})

test('an instant is the same in any time zone of the server, in a transaction and outside', async () => {
  const { url, admin } = await freshDatabase()
  await admin.query(`alter database ${new URL(url).pathname.slice(1)} set timezone = 'America/St_Johns'`)
  const db = openDatabase(url)
  onTestFinished(() => db.destroy())
  const at = '2026-07-01T12:34:56.789Z'
  await db.insertInto('rate_window').values({ key: 'k', starts_at: at, used: 1 }).execute()
  const read = (tx: Tx | Db) => tx.selectFrom('rate_window').select('starts_at').where('starts_at', '=', at).execute()
  expect(await read(db)).toEqual([{ starts_at: at }])
  expect(await retried(db, read)).toEqual([{ starts_at: at }])
})

describe('a lost connection', () => {
  test('that was idle is replaced, however many there were', async () => {
    const { db, admin } = await freshDatabase(8)
    await Promise.all(Array.from({ length: 8 }, () => sql`select pg_sleep(0.05)`.execute(db)))
    for (let round = 0; round < 16; round++) {
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      )
      await retried(db, (tx) => addSalt(tx, `2026-01-${10 + round}`))
    }
    expect(await salts(db)).toHaveLength(16)
  })

  test('before COMMIT begins the work again: terminated, idle for too long, undone for another one', async () => {
    const { db, admin } = await freshDatabase()
    const lostPids: unknown[] = []
    const emitted = vi.spyOn(pg.Client.prototype, 'emit').mockImplementation(function (this: pg.Client, ...event) {
      if (event[0] === 'error') lostPids.push((this as unknown as { processID: number }).processID)
      return EventEmitter.prototype.emit.apply(this, event)
    })
    onTestFinished(() => emitted.mockRestore())
    const ends: Record<string, (tx: Tx) => Promise<unknown>> = {
      'terminated by itself': (tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx),
      'terminated by an administrator between two statements': async (tx) => {
        await admin.query('select pg_terminate_backend($1)', [await pidOf(tx)])
        await sql`select 1`.execute(tx)
      },
      'idle for too long': async (tx) => {
        const pid = await pidOf(tx)
        await sql`set local idle_in_transaction_session_timeout = 20`.execute(tx)
        await vi.waitFor(async () =>
          expect((await admin.query('select from pg_stat_activity where pid = $1', [pid])).rows).toEqual([]),
        )
        await sql`select 1`.execute(tx)
      },
      // Nothing is sent any more, so COMMIT was not.
      'terminated before COMMIT, which the process knows': async (tx) => {
        const pid = await pidOf(tx)
        await admin.query('select pg_terminate_backend($1)', [pid])
        await vi.waitFor(() => expect(lostPids).toContain(pid))
      },
      'a serialization failure': (tx) =>
        sql.raw(`do $$ begin raise exception using errcode = '40001'; end $$`).execute(tx),
      'a deadlock': (tx) => sql.raw(`do $$ begin raise exception using errcode = '40P01'; end $$`).execute(tx),
    }
    for (const [index, [name, end]] of Object.entries(ends).entries()) {
      let tries = 0
      const day = `2026-02-0${index + 1}`
      await retried(db, async (tx) => {
        tries++
        await addSalt(tx, day)
        if (tries === 1) await end(tx)
      })
      expect([name, tries]).toEqual([name, 2])
    }
    expect(await salts(db)).toHaveLength(Object.keys(ends).length)
  })

  test('a real deadlock ends with both works done', async () => {
    const { db } = await freshDatabase()
    await addSalt(db, '2026-01-01', '')
    await addSalt(db, '2026-01-02', '')
    const both = Promise.withResolvers<void>()
    let met = 0
    let tries = 0
    const touch = (tx: Tx, day: string) =>
      tx
        .updateTable('daily_salt')
        .set({ salt: sql<string>`salt || 'x'` })
        .where('day', '=', day)
        .execute()
    const work = (first: string, second: string) =>
      retried(db, async (tx) => {
        tries++
        await touch(tx, first)
        if (++met === 2) both.resolve()
        await both.promise
        await touch(tx, second)
      })
    await Promise.all([work('2026-01-01', '2026-01-02'), work('2026-01-02', '2026-01-01')])
    expect(tries).toBeGreaterThan(2)
    expect(await db.selectFrom('daily_salt').select('salt').execute()).toEqual([{ salt: 'xx' }, { salt: 'xx' }])
  })

  test('after COMMIT was sent is never repeated; what the database itself undid at COMMIT is', async () => {
    const { db, admin } = await freshDatabase()
    const atCommit = (then: string) =>
      admin.query(`create or replace function at_commit() returns trigger language plpgsql as
        $$ begin ${then} return null; end $$`)
    await atCommit('perform pg_terminate_backend(pg_backend_pid());')
    await admin.query(`create constraint trigger at_commit after insert on daily_salt deferrable initially deferred
      for each row execute function at_commit()`)
    let tries = 0
    const work = () =>
      retried(db, async (tx) => {
        tries++
        await addSalt(tx, DAY)
      })
    const error = await work().catch((failed: unknown) => failed)
    expect(tries).toBe(1)
    expect(error).toMatchObject({ code: '57P01' })
    expect(unavailability(error)).toBe('is shutting down or starting up')

    await admin.query('create sequence attempt')
    await atCommit(`if nextval('attempt') = 1 then raise exception using errcode = '40001'; end if;`)
    await work()
    expect(tries).toBe(3)
    expect(await salts(db)).toEqual([DAY])
  })

  test('to a full pool is waited for once, then the database is said to have none', async () => {
    const { db } = await freshDatabase(1)
    const taken = await db.startTransaction().setAccessMode('read only').execute()
    let tries = 0
    const error = await retried(db, async () => void tries++).catch((failed: unknown) => failed)
    expect([tries, unavailability(error)]).toEqual([0, 'gave no connection in time'])
    await taken.rollback().execute()
    await retried(db, (tx) => addSalt(tx, DAY))
  })

  test('and a server that is away are survived: whoever asks meanwhile is told so, and later it goes on', async () => {
    const { db, url } = await freshDatabase(4)
    await addSalt(db, DAY)
    // It sleeps rather than waits for a lock: whoever held that would be ended too, and leave it free for a moment.
    const busy = retried(db, (tx) => sql`select pg_sleep(60)`.execute(tx)).catch((failed: unknown) => failed)
    const watcher = await connected(url)
    await expect
      .poll(async () => (await watcher.query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`)).rowCount)
      .toBe(1)
    await postgres.pause()
    expect(unavailability(await busy)).toMatch(/cannot be reached|shutting down/)
    const away = await retried(db, (tx) => addSalt(tx, DAY)).catch((failed: unknown) => failed)
    expect(unavailability(away)).toBe('cannot be reached')
    await postgres.resume()
    await retried(db, (tx) => addSalt(tx, '2026-01-02'))
    expect(await salts(db)).toEqual([DAY, '2026-01-02'])
  })

  test('while the server only reads, or refuses, names the reason', async () => {
    const { url, admin } = await freshDatabase()
    const reasonFor = async (address: string, work: (db: Db) => Promise<unknown>) => {
      const db = openDatabase(address)
      const error = await work(db).catch((failed: unknown) => failed)
      await db.destroy()
      return unavailability(error)
    }
    const write = (db: Db) => retried(db, (tx) => addSalt(tx, DAY))
    await admin.query(`create role reader login password 'reader'; alter role reader set default_transaction_read_only = on;
      grant all on all tables in schema public to reader`)
    expect(await reasonFor(url.replace('refgrow:refgrow', 'reader:reader'), write)).toBe('is read-only')
    expect(await reasonFor(url.replace('refgrow:refgrow', 'refgrow:wrong'), write)).toBe(
      'refuses the name, password or database in DATABASE_URL',
    )
    await admin.query('alter role reader connection limit 0')
    expect(await reasonFor(url.replace('refgrow:refgrow', 'reader:reader'), write)).toBe('has no connection left')
    expect(
      await reasonFor(url, (db) =>
        retried(db, async (tx) => {
          await sql`set local statement_timeout = 20`.execute(tx)
          await sql`select pg_sleep(10)`.execute(tx)
        }),
      ),
    ).toBe('was kept waiting too long by other work')
  })
})

test.each(['a bug', { code: 'ECONNREFUSED' }, new Error('no'), Object.assign(new Error('unique'), { code: '23505' })])(
  'is not the database: %s',
  (error) => expect(unavailability(error)).toBeUndefined(),
)
