/** Promise 20: any version upgrades with its data, and a broken migration changes nothing. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import Stripe from 'stripe'
import { describe, expect, inject, test } from 'vitest'
import { payloadHash } from '../core/payment/inbox.ts'
import { entryHash } from '../core/ledger/ledger.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import { migrate, migrations } from '../db/migrate.ts'
import { type Engine, openDatabase } from '../db/open.ts'
import type { Db } from '../db/schema.ts'
import { ENGINES } from '../test/databases.ts'
import { checkout, createProgramme, type Programme, WEBHOOK_SECRET } from '../test/programme.ts'
import { spawnServer } from './child-server.ts'

const VERSIONS = Object.keys(migrations)
const upTo = (count: number) => Object.fromEntries(Object.entries(migrations).slice(0, count))
const NOW = '2026-01-01T00:00:00.000Z'

for (const engine of ENGINES) {
  describe(`promise 20 [${engine}]`, () => {
    for (const [index, version] of VERSIONS.slice(0, -1).entries()) {
      test(`a database of ${version} upgrades with its data to the newest schema`, async () => {
        const url = await emptyDatabase(engine)
        const db = openDatabase(url)
        expect(await migrate(db, engine, upTo(index + 1))).toEqual(VERSIONS.slice(0, index + 1))
        await insertOldData(db)
        const before = await rowsOf(db)

        expect(await migrate(db, engine)).toEqual(VERSIONS.slice(index + 1))
        expect(await schemaOf(db, engine)).toEqual(await freshSchema(engine))
        const after = await rowsOf(db)
        // Clicks by bots are among those not counted since 013.
        for (const row of before['rollup'] ?? []) delete (row as { bot_clicks?: number }).bot_clicks
        for (const [table, rows] of Object.entries(before)) expect(after[table], table).toMatchObject(rows)

        // What was in the inbox before it kept hashes proves itself from then on.
        const kept = version < '017' ? payloadHash('{}') : ''
        expect(await db.selectFrom('provider_event').select(['payload_hash', 'redacted_at']).execute()).toEqual([
          { payload_hash: kept, redacted_at: null },
        ])

        expect(await db.transaction().execute((tx) => verifyLedger(tx, NOW))).toEqual({
          ok: true,
          affiliates: 1,
          entries: 1,
        })
        await tradesOn(db, engine, url)
        await db.destroy()
      })
    }

    test('people known by an older spelling of their address are found by the new one', async () => {
      const url = await emptyDatabase(engine)
      const db = openDatabase(url)
      await migrate(db, engine, upTo(VERSIONS.indexOf('016-lists-and-emails')))
      await sql`insert into project (name, currency, settings, hmac_secret_sealed, created_at)
        values ('Acme', 'USD', '{}', 'x', ${NOW})`.execute(db)
      const keys = ['x@müller.de', 'x@xn--mller-kva.de', 'y@müller.de', 'jose\u0301@x.com', 'ann@example.com']
      for (const key of keys)
        await sql`insert into referral (project_id, email, email_key, status, created_at, updated_at)
          values (1, ${key}, ${key}, 'direct', ${NOW}, ${NOW})`.execute(db)
      await migrate(db, engine)
      const { rows } = await sql<{ email_key: string }>`select email_key from referral order by id`.execute(db)
      // The first has a namesake in the other form: two people, who stay two.
      expect(rows.map(({ email_key }) => email_key)).toEqual([
        'x@müller.de',
        'x@xn--mller-kva.de',
        'y@xn--mller-kva.de',
        'jos\u00e9@x.com',
        'ann@example.com',
      ])
      await db.destroy()
    })

    test('a migration that fails half way leaves the old schema, and the server refuses to start with a sentence', async () => {
      const url = await emptyDatabase(engine)
      const db = openDatabase(url)
      await migrate(db, engine, upTo(2))
      await insertOldData(db)
      // Somebody's own table where the third migration makes its last one.
      await sql`create table exchange_rate (note text)`.execute(db)
      const [schema, rows] = [await schemaOf(db, engine), await rowsOf(db)]

      const { exit, output } = spawnServer({ DATABASE_URL: url, SECRET_KEY: '5'.repeat(64) })
      expect(await exit).toBe(1)
      expect(output()).toMatch(
        /^refgrow: Migration 003-programme failed and was rolled back: (table|relation) "?exchange_rate"? already exists\n$/,
      )
      expect([await schemaOf(db, engine), await rowsOf(db)]).toEqual([schema, rows])

      // Once the obstacle is away the same server upgrades.
      await sql`drop table exchange_rate`.execute(db)
      expect(await migrate(db, engine)).toEqual(VERSIONS.slice(2))
      expect(await schemaOf(db, engine)).toEqual(await freshSchema(engine))
      await db.destroy()
    })
  })
}

async function emptyDatabase(engine: Engine): Promise<string> {
  if (engine === 'sqlite') return `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'old.db')}`
  const server = inject('postgresServer')
  const name = `old_${randomBytes(8).toString('hex')}`
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return `${server}/${name}`
}

async function freshSchema(engine: Engine): Promise<unknown> {
  const db = openDatabase(await emptyDatabase(engine))
  await migrate(db, engine)
  const schema = await schemaOf(db, engine)
  await db.destroy()
  return schema
}

/** Tables with their columns, types and constraints, indexes, triggers: everything but rows. */
async function schemaOf(db: Db, engine: Engine): Promise<unknown> {
  const query =
    engine === 'sqlite'
      ? `select type, name, tbl_name, sql from sqlite_schema order by type, name`
      : `select 'column' as type, table_name || '.' || column_name as name,
           concat_ws(' ', data_type, is_nullable, column_default, is_identity) as sql
           from information_schema.columns where table_schema = 'public'
         union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
         union all select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
           from pg_constraint where connamespace = 'public'::regnamespace
         union all select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
         union all select 'function', proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
         order by 1, 2, 3`
  const { rows } = await sql.raw(query).execute(db)
  expect(rows.length).toBeGreaterThan(30)
  return rows
}

async function rowsOf(db: Db): Promise<Record<string, unknown[]>> {
  const contents: Record<string, unknown[]> = {}
  for (const { name } of await db.introspection.getTables()) {
    if (name.startsWith('kysely')) continue
    contents[name] = (await sql`select * from ${sql.table(name)}`.execute(db)).rows
  }
  return contents
}

/** One of each, by the words of the first schema: an affiliate, his click, a buyer, a sale that is booked, its event. */
async function insertOldData(db: Db): Promise<void> {
  const entry = {
    project_id: 1,
    affiliate_id: 1,
    seq: 1,
    kind: 'commission' as const,
    debit: 'expense' as const,
    credit: 'payable' as const,
    amount: 1000,
    currency: 'USD',
    release_at: NOW,
    commission_id: 1,
    note: null,
    // Columns of later versions, which the hash leaves out where there is no cause.
    cause: null,
    conversion_id: null,
    refund_id: null,
    payout_id: null,
    created_at: NOW,
    prev_hash: '',
  }
  const hash = entryHash(entry)
  const buyer = `(1, 1, 'Buyer@example.com', 'buyer@example.com', 'converted', '${NOW}', '${NOW}', '${NOW}')`
  const statements = [
    `insert into project (name, website, currency, settings, hmac_secret_sealed, created_at)
       values ('Acme', 'https://shop.test', 'USD', '{"param":"via"}', 'sealed', '${NOW}')`,
    `insert into api_key (project_id, name, prefix, hash, scopes, created_at)
       values (1, 'old', 'rgk_old', 'hash', 'read write', '${NOW}')`,
    `insert into provider_connection (project_id, provider, webhook_secret_sealed, created_at, updated_at)
       values (1, 'stripe', 'sealed', '${NOW}', '${NOW}')`,
    `insert into campaign (project_id, name, is_default, created_at) values (1, 'Default', 1, '${NOW}')`,
    `insert into commission_rule (project_id, campaign_id, version, kind, basis_points, hold_days, created_at)
       values (1, 1, 1, 'percent', 2000, 0, '${NOW}')`,
    `insert into affiliate
         (uuid, project_id, campaign_id, email, email_key, status, ledger_seq, ledger_hash, created_at, updated_at)
       values ('u-1', 1, 1, 'ann@example.com', 'ann@example.com', 'active', 1, '${hash}', '${NOW}', '${NOW}')`,
    `insert into link (project_id, affiliate_id, code, code_key, is_primary, created_at)
       values (1, 1, 'ANN', 'ann', 1, '${NOW}')`,
    `insert into click (project_id, affiliate_id, link_id, click_id, visitor_hash, source, bot, created_at)
       values (1, 1, 1, 'click-1', 'hash', 'script', 0, '${NOW}')`,
    `insert into rollup (affiliate_id, period, project_id, clicks, purchases)
       values (1, 'all', 1, 1, 1), (1, '2026-01-01', 1, 1, 1)`,
    `insert into daily_earning (affiliate_id, day, currency, amount) values (1, '2026-01-01', 'USD', 1000)`,
    `insert into referral (project_id, affiliate_id, email, email_key, status, conversion_date, created_at, updated_at)
       values ${buyer}`,
    `insert into conversion (project_id, type, affiliate_id, referral_id, link_id, status, amount, currency, source,
         provider, external_id, decision, occurred_at, created_at)
       values (1, 'purchase', 1, 1, 1, 'approved', 5000, 'USD', 'provider', 'stripe', 'pi_old',
         '{"winner":{"kind":"client_reference","affiliate_id":1,"link_id":1},"candidates":[],"commission":{"reason":"no_rule"}}',
         '${NOW}', '${NOW}')`,
    `insert into commission (project_id, conversion_id, affiliate_id, tier, amount, currency, rule_id, rule_version,
         release_at, created_at)
       values (1, 1, 1, 1, 1000, 'USD', 1, 1, '${NOW}', '${NOW}')`,
    `insert into ledger_entry (project_id, affiliate_id, seq, kind, debit, credit, amount, currency, release_at,
         commission_id, created_at, prev_hash, hash)
       values (1, 1, 1, 'commission', 'expense', 'payable', 1000, 'USD', '${NOW}', 1, '${NOW}', '', '${hash}')`,
    `insert into balance (affiliate_id, currency, earned, paid, held) values (1, 'USD', 1000, 0, '{}')`,
    `insert into provider_event (project_id, provider, event_id, type, payload, received_at)
       values (1, 'stripe', 'evt_old', 'checkout.session.completed', '{}', '${NOW}')`,
    `insert into provider_event_state (provider_event_id, status, attempts, conversion_id, updated_at)
       values (1, 'processed', 1, 1, '${NOW}')`,
    `insert into daily_salt (day, salt) values ('2026-01-01', 'salt')`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

/** The old programme goes on: a new sale of the old affiliate, a payout of old and new money, and the books balance. */
async function tradesOn(db: Db, engine: Engine, url: string): Promise<void> {
  const programme = await createProgramme({ db, engine, url })
  await db
    .updateTable('provider_connection')
    .set({ webhook_secret_sealed: programme.sealer.seal(WEBHOOK_SECRET) })
    .where('project_id', '=', 1)
    .execute()
  await db.updateTable('api_key').set({ project_id: 1 }).where('name', '=', 'test').execute()

  const payload = checkout({ id: 'new', amount: 5000, code: 'ANN', email: 'another@example.com' })
  expect((await deliverTo(programme, 1, payload)).statusCode).toBe(200)
  expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00', eligible: '20.00' })
  expect((await programme.call('PUT', '/conversions/1', { status: 'denied' })).status).toBe(200)
  expect((await programme.call('POST', '/payouts', { affiliate_id: 1 })).body.data).toMatchObject({ amount: '10.00' })
  expect(await db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))).toMatchObject({ ok: true })
  await programme.app.close()
}

async function deliverTo({ app }: Programme, projectId: number, event: object) {
  const payload = JSON.stringify(event)
  const signature = new Stripe('sk_test_none').webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET })
  return app.inject({
    method: 'POST',
    url: `/webhook/stripe/${projectId}`,
    payload,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
  })
}
