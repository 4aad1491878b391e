import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { onBothDatabases } from '../test/databases.ts'
import { migrate, migrations } from './migrate.ts'
import { engineOf, openDatabase } from './open.ts'

onBothDatabases('instants, whole numbers and sums come back in one shape', async ({ db }) => {
  const created_at = '2026-11-20T09:30:00.120Z'
  const row = await db
    .insertInto('project')
    .values({ name: 'A', website: null, currency: 'USD', settings: '{}', hmac_secret_sealed: '', created_at })
    .returningAll()
    .executeTakeFirstOrThrow()
  expect(row).toEqual({
    id: 1,
    name: 'A',
    website: null,
    currency: 'USD',
    settings: '{}',
    hmac_secret_sealed: '',
    hmac_secret_previous_sealed: null,
    hmac_secret_previous_until: null,
    created_at,
    event_seq: 0,
    affiliate_count: 0,
  })
  const { sum } = await db
    .selectFrom('project')
    .select((eb) => eb.fn.sum<number>('id').as('sum'))
    .executeTakeFirstOrThrow()
  expect(sum).toBe(1)
})

onBothDatabases('a migration that throws half way leaves the old schema', async ({ db, engine }) => {
  const before = await tablesOf()
  const failing = {
    ...migrations,
    '999-broken': () => ({
      up: async (inside: Kysely<unknown>) => {
        await sql`create table half_done (id integer)`.execute(inside)
        throw new Error('out of luck')
      },
    }),
  }
  await expect(migrate(db, engine, failing)).rejects.toThrow(
    'Migration 999-broken failed and was rolled back: out of luck',
  )
  expect(await tablesOf()).toEqual(before)

  async function tablesOf() {
    return (await db.introspection.getTables()).map((table) => table.name).sort()
  }
})

onBothDatabases('migrating again runs nothing', async ({ db, engine }) => {
  expect(await migrate(db, engine)).toEqual([])
})

describe('SQLite', () => {
  test('refuses to bind what it would silently turn into null', async () => {
    const db = openDatabase('sqlite::memory:')
    for (const wrong of [new Date(), Temporal.Now.instant(), Number.NaN, true, {}, undefined]) {
      await expect(sql`select ${wrong}`.execute(db)).rejects.toThrow(
        'SQLite can bind text, finite numbers, bytes and null',
      )
    }
    await db.destroy()
  })

  test('commits durably: WAL, synchronous full, foreign keys and recursive triggers on', async () => {
    const { mkdtempSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const { join } = await import('node:path')
    const db = openDatabase(`sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'a', 'b.db')}`)
    const pragma = async (name: string) =>
      Object.values((await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db)).rows[0] ?? {})[0]
    expect([
      await pragma('journal_mode'),
      await pragma('synchronous'),
      await pragma('foreign_keys'),
      await pragma('recursive_triggers'),
      // The process does not stop while another one writes: sqlite-groups.ts waits.
      await pragma('busy_timeout'),
    ]).toEqual(['wal', 2, 1, 1, 0])
    await db.destroy()
  })
})

test('the address says which engine it is', () => {
  expect(engineOf('sqlite:data/x.db')).toBe('sqlite')
  expect(engineOf('postgresql://localhost/x')).toBe('postgres')
  for (const wrong of ['', 'sqlite:', 'mysql://x', 'data/x.db'])
    expect(() => engineOf(wrong)).toThrow('DATABASE_URL must start with sqlite: or postgres://')
})
