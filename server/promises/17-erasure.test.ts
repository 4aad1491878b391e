/**
 * Promise 17, for people: somebody who was erased is nowhere any more: not in a table, in any spelling, not in the database's
 * files, not in a mail that lies in the outbox, not in an answer that is given again. The books stay as they were.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pino from 'pino'
import { expect, inject, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { claimErasure } from '../core/erasure/walk.ts'
import { payloadHash } from '../core/payment/inbox.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { deliverWebhooks } from '../jobs/deliver-webhooks.ts'
import { finishErasures } from '../jobs/finish-erasures.ts'
import { sendMail } from '../jobs/send-mail.ts'
import { createPostgresDatabase, ENGINES } from '../test/databases.ts'
import { checkout, createProgramme, type Programme } from '../test/programme.ts'
import { startReceiver } from '../test/receiver.ts'
import { customer, invoicePaid } from '../test/stripe-events.ts'
import { readerOfAllRows } from '../test/all-rows.ts'

const BUYER = 'Marker.Buyer+shop@Example.com'
const SELLER = 'marker.seller@example.com'
/** In every name, street and number of theirs too; `m` and `r` in case the rest is encoded. */
const MARK = /m(a|%61|\\u0061)rker/i

const going = new AbortController().signal

for (const engine of ENGINES) {
  const story = (title: string, tell: (world: World) => Promise<void>) =>
    test(`${title} [${engine}]`, async () => {
      const world = await createWorld(engine)
      try {
        await tell(world)
      } finally {
        await world.programme.app.close()
        await world.programme.db.destroy()
      }
    })

  story('an erased customer and affiliate are nowhere, and the books balance', async (world) => {
    const { programme, everything, job } = world
    await live(world)
    expect(found(await everything()).toSorted()).toEqual(
      [
        'affiliate',
        'conversion',
        'conversion_key',
        'event',
        'mail',
        'provider_event',
        'provider_event_state',
        'referral',
        'webhook_attempt',
        'webhook_delivery',
      ].toSorted(),
    )
    expect(readdirSync(job.config.outboxFolder).length).toBeGreaterThan(2)
    const hashes = await hashesOf(programme)

    expect((await programme.call('DELETE', `/referrals/${encodeURIComponent(BUYER)}`)).status).toBe(204)
    expect((await programme.call('DELETE', `/affiliates/${encodeURIComponent(SELLER)}`)).status).toBe(204)
    await finishErasures(job, going)

    const after = await everything()
    expect(after['provider_event_state']).not.toMatch(MARK)
    expect(found(after)).toEqual([])
    expect(after['erasure']).toBe('[]')
    expect(filesWith(job.config.outboxFolder)).toEqual([])
    // The mail of somebody else is still there.
    expect(readdirSync(job.config.outboxFolder)).toHaveLength(1)
    if (engine === 'sqlite') {
      const name = job.config.databaseUrl.slice('sqlite:'.length)
      const files = [name, `${name}-wal`].filter(existsSync)
      const text = files.map((file) => readFileSync(file, 'latin1')).join('')
      // What is kept is found by the same search.
      expect(text).toContain('bob@example.com')
      expect(MARK.exec(text)).toBeNull()
    }

    expect(await hashesOf(programme)).toEqual(hashes)
    const { ok } = await programme.db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))
    expect(ok).toBe(true)
    // An answer that is given again, which is sealed at rest.
    const again = await order(programme)
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(JSON.stringify(again.body)).not.toMatch(MARK)
  })

  story('the inbox shows that it was redacted, proves what came, and tells the same money again', async (world) => {
    const { programme, job } = world
    await live(world)
    const before = (await programme.call('GET', '/provider-events/1')).body.data
    expect(before).toMatchObject({ redacted_at: null, payload: expect.stringMatching(MARK) })
    expect(before.payload_hash).toBe(payloadHash(before.payload))
    await programme.call('DELETE', `/referrals/${encodeURIComponent(BUYER)}`)
    await finishErasures(job, going)

    const shown = (await programme.call('GET', '/provider-events/1')).body.data
    expect(shown).toMatchObject({ id: 1, redacted_at: programme.clock.now(), payload_hash: before.payload_hash })
    expect(shown.payload).not.toMatch(MARK)
    expect(JSON.parse(shown.payload)).toMatchObject({
      id: 'evt_one',
      data: { object: { amount_total: 5000, customer_details: { email: 'deleted-referral-1@deleted.invalid' } } },
    })
    const tables = await programme.tables()
    const { body } = await programme.call('GET', '/provider-events')
    for (const { id } of body.data as { id: number }[])
      expect((await programme.call('POST', `/provider-events/${id}/replay`)).status).toBe(200)
    const replayed = await programme.tables()
    for (const table of ['referral', 'conversion', 'commission', 'ledger_entry', 'balance', 'affiliate'])
      expect([table, sorted(replayed[table])]).toEqual([table, sorted(tables[table])])
    expect(JSON.stringify(replayed['provider_event'])).not.toContain('Marker.Buyer')
  })

  story('nothing but a payload can change, and only to a redacted one', async ({ programme }) => {
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: BUYER }))
    const rows = () => programme.db.selectFrom('provider_event').selectAll().execute()
    const before = await rows()
    const now = programme.clock.now()
    for (const change of [
      `payload = '{}'`,
      `payload = '{}', payload_hash = 'x', redacted_at = '${now}'`,
      `payload = '{}', event_id = 'x', redacted_at = '${now}'`,
      `type = 'x', redacted_at = '${now}'`,
      `received_at = '2020-01-01T00:00:00.000Z', redacted_at = '${now}'`,
      `project_id = project_id + 1, redacted_at = '${now}'`,
      `redacted_at = null`,
    ])
      await expect(sql.raw(`update provider_event set ${change}`).execute(programme.db), change).rejects.toThrow(
        'append-only',
      )
    expect(await rows()).toEqual(before)
    await sql.raw(`update provider_event set payload = '{}', redacted_at = '${now}'`).execute(programme.db)
    expect(await rows()).toMatchObject([{ payload: '{}', payload_hash: before[0]?.payload_hash, redacted_at: now }])
  })

  story(
    'an affiliate who is a customer too stays a customer when the affiliate is erased',
    async ({ programme, job }) => {
      await programme.addAffiliate('SELLER', SELLER)
      await programme.deliver(checkout({ id: 'one', amount: 5000, email: SELLER }))
      await programme.call('DELETE', `/affiliates/${encodeURIComponent(SELLER)}`)
      await finishErasures(job, going)
      expect((await programme.call('GET', '/provider-events/1')).body.data.payload).toContain(SELLER)
      await programme.call('DELETE', `/referrals/${encodeURIComponent(SELLER)}`)
      await finishErasures(job, going)
      expect((await programme.call('GET', '/provider-events/1')).body.data.payload).not.toContain(SELLER)
    },
  )

  story('who comes back meanwhile is a new person, and stays', async ({ programme, job }) => {
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: BUYER }))
    await programme.call('DELETE', `/referrals/${encodeURIComponent(BUYER)}`)
    programme.clock.set('2026-11-20T12:00:01.000Z')
    await programme.deliver(checkout({ id: 'two', amount: 7000, email: BUYER }))
    // An event from before the erasure must not bring the person back until it is redacted.
    const replay = await programme.call('POST', '/provider-events/1/replay')
    expect(replay.body.data).toMatchObject({ status: 'failed', error: expect.stringContaining('being erased') })
    await finishErasures(job, going)
    expect((await programme.call('GET', '/provider-events/1')).body.data.payload).not.toMatch(MARK)
    expect((await programme.call('GET', '/provider-events/2')).body.data.payload).toMatch(MARK)
    expect((await programme.call('GET', '/referrals')).body.data).toMatchObject([{ user_email: BUYER }])
  })

  story('a crash, a failure and two processes at once lose no erasure', async ({ programme, job, everything }) => {
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: BUYER }))
    await programme.call('DELETE', `/referrals/${encodeURIComponent(BUYER)}`)
    // One process took it and died.
    expect(await programme.db.transaction().execute((tx) => claimErasure(tx, programme.clock.now()))).toBeDefined()
    await finishErasures(job, going)
    expect(found(await everything())).toContain('provider_event')
    // Its lease is over; what takes it next fails on the way.
    programme.clock.set('2026-11-20T12:11:00.000Z')
    const sealer = {
      ...job.sealer,
      open: () => {
        throw new Error('no')
      },
    }
    await programme.db
      .insertInto('stored_answer')
      .values({
        project_id: programme.projectId,
        key: 'k',
        request_hash: 'h',
        status: 200,
        body: 'sealed',
        created_at: '2026-11-20T12:00:00.000Z',
      })
      .execute()
    await finishErasures({ ...job, sealer }, going)
    expect(await programme.db.selectFrom('erasure').select('error').execute()).toEqual([{ error: 'no' }])
    await programme.db.deleteFrom('stored_answer').execute()
    // Then two at once.
    programme.clock.set('2026-11-20T12:17:00.000Z')
    await Promise.all([finishErasures(job, going), finishErasures(job, going)])
    expect(found(await everything())).toEqual([])
  })
}

interface World {
  programme: Programme
  job: Parameters<typeof finishErasures>[0]
  everything: () => Promise<Record<string, string>>
}

async function createWorld(engine: (typeof ENGINES)[number]): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-erasure-'))
  const file = `sqlite:${join(folder, 'refgrow.db')}`
  const url = engine === 'sqlite' ? file : await createPostgresDatabase(inject('postgresServer'))
  const db = openDatabase(url)
  if (engine === 'sqlite') await migrate(db, engine)
  const programme = await createProgramme({ db, engine, url })
  // Without an SMTP server mails land in the folder.
  const config = { ...loadConfig({ DATABASE_URL: file }), databaseUrl: url }
  const { clock, sealer } = programme
  const job = { db, clock, sealer, config, log: pino({ level: 'silent' }) }
  return { programme, job, everything: await readerOfAllRows(db, engine) }
}

const order = (programme: Programme) =>
  programme.app
    .inject({
      method: 'POST',
      url: '/api/v1/conversions',
      headers: { authorization: `Bearer ${programme.apiKey}`, 'idempotency-key': 'order-1' },
      payload: { reference: `order of ${BUYER}`, base_value: 20, email: BUYER, referral_code: 'SELLER' },
    })
    .then((response) => ({ status: response.statusCode, headers: response.headers, body: response.json<object>() }))

/** Everything that leaves a person's data somewhere: purchases in every spelling, mails, webhooks that echo, errors that quote. */
async function live({ programme, job }: World): Promise<void> {
  const { projectId, deliver, call, post, set, addAffiliate } = programme
  const receiver = await startReceiver(
    (_n, { body }) =>
      (response) =>
        void response.writeHead(500).end(body),
  )
  await set({ owner_email: 'owner@example.com', signup: 'approval', webhook_private_targets: true })
  await call('POST', '/webhooks', { url: receiver.url, events: ['referral_signed_up', 'referral_converted'] })
  await addAffiliate('SELLER', SELLER)
  await call('PUT', `/affiliates/${encodeURIComponent(SELLER)}`, { name: 'Marker Seller' })
  await addAffiliate('BOB', 'bob@example.com')

  const details = {
    email: BUYER,
    name: 'Marker Buyer',
    phone: '+44 MARKER',
    address: { line1: 'Marker Street 1', city: 'Markerton', postal_code: 'MARKER', country: 'GB' },
    tax_ids: [{ type: 'eu_vat', value: 'MARKER' }],
  }
  const sale = checkout({ id: 'one', amount: 5000, code: 'SELLER', email: BUYER })
  const object = {
    ...sale.data.object,
    customer: 'cus_1',
    customer_details: details,
    customer_email: BUYER.toUpperCase(),
    success_url: `https://shop.test/thanks?email=${encodeURIComponent(BUYER)}`,
    // So much that SQLite gives pages back when it is gone.
    shipping_details: { name: 'Marker Buyer', street: 'Marker Street '.repeat(800) },
    metadata: { note: JSON.stringify({ inner: JSON.stringify({ email: BUYER }) }), ip_address: 'MARKER' },
  }
  await deliver({ ...sale, data: { object } })
  await deliver(customer({ id: 'cus_1', email: BUYER }))
  // By the provider's id of the customer alone.
  const invoice = invoicePaid({ id: 'in_1', customer: 'cus_1', total: 1000, email: null })
  await deliver({ ...invoice, data: { object: { ...invoice.data.object, customer_name: 'Marker Buyer' } } })
  // Kept with an error that quotes it.
  await deliver(checkout({ id: 'bad', amount: 5000, email: BUYER, currency: `zz ${BUYER}` }))
  await deliver(checkout({ id: 'bob', amount: 5000, email: 'bob.buyer@example.com', code: 'BOB' }))

  expect((await order(programme)).status).toBe(201)
  await post('/api/track/event', {
    project_id: projectId,
    type: 'signup',
    email: BUYER,
    referral_code: 'SELLER',
    idempotency_key: `call of ${BUYER}`,
    url: `https://shop.test/u/${encodeURIComponent(BUYER)}`,
  })
  const asking = { project_id: projectId, email: SELLER }
  await post('/api/widget/login', asking)
  await post('/api/widget/login', { ...asking, email: 'bob@example.com' })
  await deliverWebhooks(job, going, { timeoutMs: 2000, random: () => 0.5 })
  await sendMail(job, going)
  await receiver.close()
}

/** A changed row of PostgreSQL moves to the end. */
const sorted = (rows: unknown[] = []) => rows.map((row) => JSON.stringify(row)).toSorted()

const found = (tables: Record<string, string>): string[] =>
  Object.entries(tables)
    .filter(([, content]) => MARK.test(content))
    .map(([table]) => table)

const filesWith = (folder: string): string[] =>
  readdirSync(folder).filter((name) => MARK.test(readFileSync(join(folder, name), 'utf8').replaceAll('=\r\n', '')))

const hashesOf = ({ db }: Programme) =>
  db.selectFrom('provider_event').select(['id', 'payload_hash']).orderBy('id').execute()
