/** Promises 9 and 24: `verify` proves one moment of the database while sales go on beside it, and never holds them up. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { entryHash } from '../core/ledger/ledger.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import type { Db, Instant, LedgerEntry } from '../db/schema.ts'
import { inSnapshot } from '../db/snapshot.ts'
import { runCommand } from '../test/command-line.ts'
import { dropGuard, type ProgrammeOnDisk, withProgrammeOnDisk } from '../test/on-disk.ts'
import { checkout, withProgramme } from '../test/programme.ts'

const RUNS = 10
const CLIENTS = 4
const AFFILIATES = Array.from({ length: 40 }, (_, index) => `A${index}`)

withProgrammeOnDisk(`${RUNS} of ${RUNS} runs beside sales say ok, and every sale is taken`, async (programme) => {
  for (const code of AFFILIATES) await programme.addAffiliate(code)
  const selling = { goesOn: true, answers: [] as number[] }
  const clients = Array.from({ length: CLIENTS }, (_, client) => sell(programme, selling, client))
  const said: string[] = []
  for (let run = 0; run < RUNS; run++) {
    // Each run finds new sales.
    for (const before = selling.answers.length; selling.answers.length === before;) await pause(1)
    said.push(await runCommand('verify', programme.env))
  }
  selling.goesOn = false
  await Promise.all(clients)

  expect(said).toEqual(Array.from({ length: RUNS }, () => expect.stringMatching(/^ok \d+ ledger entries of 40 aff/)))
  expect(new Set(said).size).toBeGreaterThan(RUNS / 2)
  expect(new Set(selling.answers)).toEqual(new Set([200]))
  expect(await runCommand('verify', programme.env)).toContain(`ok ${selling.answers.length} ledger entries of 40 aff`)
})

async function sell(
  programme: ProgrammeOnDisk,
  selling: { goesOn: boolean; answers: number[] },
  client: number,
): Promise<void> {
  for (let sale = 0; selling.goesOn; sale++) {
    const id = `s${client}-${sale}`
    programme.clock.set(new Date().toISOString())
    const code = AFFILIATES[(sale * CLIENTS + client) % AFFILIATES.length] as string
    const { status } = await programme.deliver(checkout({ id, amount: 5000, code, email: `${id}@example.com` }))
    selling.answers.push(status)
  }
}

withProgrammeOnDisk(
  'while a snapshot is held open, sales are booked, and the snapshot does not see them',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    await inSnapshot(programme.url, async (tx) => {
      const entries = async () =>
        (
          await tx
            .selectFrom('ledger_entry')
            .select((eb) => eb.fn.countAll<number>().as('n'))
            .executeTakeFirst()
        )?.n
      expect(await entries()).toBe(1)
      for (const id of ['two', 'three'])
        expect(
          (await programme.deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com` }))).status,
        ).toBe(200)
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '30.00' })
      expect(await entries()).toBe(1)
      expect(await verifyLedger(tx, programme.clock.now())).toEqual({ ok: true, affiliates: 1, entries: 1 })
    })
    const change = inSnapshot(programme.url, (tx) => tx.updateTable('affiliate').set({ name: 'x' }).execute())
    await expect(change).rejects.toThrow(/read-?only/i)
  },
)

withProgramme(
  'a chain of more than one page is read to its end, and its one changed entry is named',
  async ({ db, engine, addAffiliate, projectId, clock }) => {
    for (const code of ['ANN', 'BEN', 'CAT']) await addAffiliate(code)
    for (const [affiliate, entries] of [
      [1, 3],
      [2, 2100],
      [3, 1],
    ] as const)
      await insertChain(db, projectId, affiliate, entries, clock.now())
    const verdict = () => db.transaction().execute((tx) => verifyLedger(tx, clock.now()))
    expect(await verdict()).toEqual({ ok: true, affiliates: 3, entries: 2104 })

    await dropGuard(db, engine)
    await db
      .updateTable('ledger_entry')
      .set({ amount: 8 })
      .where('affiliate_id', '=', 2)
      .where('seq', '=', 2050)
      .execute()
    expect(await verdict()).toMatchObject({ ok: false, problem: expect.stringContaining('(affiliate 2, number 2050)') })
  },
)

withProgramme(
  'held money is compared day by day, not in sum',
  async ({ db, addAffiliate, setTerms, deliver, clock }) => {
    await addAffiliate('ANN')
    await setTerms({ percent: 20, holdDays: 30 })
    await deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    const verdict = () => db.transaction().execute((tx) => verifyLedger(tx, clock.now()))
    expect(await verdict()).toMatchObject({ ok: true })
    const held = JSON.stringify({ '2026-12-21T00:00:00.000Z': 400, '2026-12-22T00:00:00.000Z': 600 })
    await db.updateTable('balance').set({ held }).execute()
    expect(await verdict()).toMatchObject({ ok: false, problem: expect.stringContaining('affiliate 1, USD') })
  },
)

/** Credits of 7 cents each, as the ledger would book them one by one. */
async function insertChain(
  db: Db,
  project_id: number,
  affiliate_id: number,
  entries: number,
  now: Instant,
): Promise<void> {
  const rows: Omit<LedgerEntry, 'id'>[] = []
  const credit = { kind: 'credit', debit: 'expense', credit: 'payable', amount: 7, currency: 'USD' } as const
  for (let seq = 1; seq <= entries; seq++) {
    const prev_hash = rows.at(-1)?.hash ?? ''
    const terms = {
      release_at: now,
      commission_id: null,
      cause: null,
      conversion_id: null,
      refund_id: null,
      payout_id: null,
      note: null,
      created_at: now,
    }
    const content = { project_id, affiliate_id, seq, ...credit, ...terms, prev_hash }
    rows.push({ ...content, hash: entryHash(content) })
  }
  for (let start = 0; start < entries; start += 1000)
    await db
      .insertInto('ledger_entry')
      .values(rows.slice(start, start + 1000))
      .execute()
  const head = { ledger_seq: entries, ledger_hash: rows.at(-1)?.hash ?? '' }
  await db.updateTable('affiliate').set(head).where('id', '=', affiliate_id).execute()
  await db
    .insertInto('balance')
    .values({ affiliate_id, currency: 'USD', earned: 7 * entries, paid: 0, held: '{}' })
    .execute()
}
