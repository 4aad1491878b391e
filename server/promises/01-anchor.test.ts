/** Promise 1: a database that lost committed money says so: the anchor beside it remembers. */
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openAnchor } from '../anchor.ts'
import { appendAnchor, readAnchor } from '../anchor-file.ts'
import { entryHash, post } from '../core/ledger/ledger.ts'
import type { LedgerEntry } from '../db/schema.ts'
import { runVerify as verify } from '../test/command-line.ts'
import { dropGuard, type ProgrammeOnDisk, withProgrammeOnDisk } from '../test/on-disk.ts'
import { checkout } from '../test/programme.ts'
import { type ChildServer, seedDatabase, spawnServer, startServer } from './child-server.ts'

let server: ChildServer | undefined
afterAll(() => server?.child.kill('SIGKILL'))

test('a write-ahead log that is lost after a crash is found at the start and by verify, and can be accepted', async () => {
  const { file, env, apiKey } = await seedDatabase()
  server = await startServer(env)
  const sell = async (reference: string, { url } = server as ChildServer) => {
    const body = JSON.stringify({ reference, base_value: 50, email: `${reference}@example.com`, referral_code: 'ANN' })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` }
    return (await fetch(`${url}/api/v1/conversions`, { method: 'POST', headers, body })).status
  }
  for (const reference of ['one', 'two', 'three']) expect(await sell(reference)).toBe(201)
  const anchor = `${file}.anchor`
  for (let tries = 0; tries < 500 && !/^chain 1 1 3 /m.test(textOf(anchor)); tries++) await pause(20)
  expect(textOf(anchor)).toMatch(/^chain 1 1 3 [0-9a-f]{64} [0-9a-f]{8}$/m)
  expect(statSync(anchor).mode & 0o777).toBe(0o600)
  const [, feed] = /^feed 1 (\d+) /m.exec(textOf(anchor).split('\n').toReversed().join('\n')) ?? []
  server.child.kill('SIGKILL')
  await server.exit

  for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  const refused = spawnServer(env)
  expect(await refused.exit).toBe(1)
  expect(refused.output()).toBe(
    `refgrow: The database lost what ${anchor} remembers as committed: project 1: its feed ends at event 1, but ${feed} was committed (and 1 more). ` +
      'Restore the newest backup, or run "refgrow verify" to see all of it and "refgrow verify --accept" to go on with the database as it is (docs/self-host.md)\n',
  )
  const lost =
    `lost: project 1: its feed ends at event 1, but ${feed} was committed\n` +
    'lost: affiliate 1 of project 1: the chain ends at number 0, but 3 was committed\n'
  expect(await verify(env)).toEqual({ exitCode: 1, printed: lost })
  expect(await verify(env, ' --accept')).toEqual({
    exitCode: 0,
    printed: `${lost}${anchor} takes the database as it is now.\n`,
  })

  server = await startServer(env)
  expect(await sell('four')).toBe(201)
  server.child.kill('SIGTERM')
  expect(await server.exit).toBe(0)
  // The last of it is written when the server closes.
  expect(textOf(anchor)).toMatch(/^chain 1 1 1 /m)
  expect(await verify(env)).toEqual({
    exitCode: 0,
    printed: `ok 1 ledger entries of 1 affiliates; hashes and sums agree, the feeds have no gap; nothing is lost that ${anchor} remembers\n`,
  })
})

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

describe('the anchor', () => {
  withProgrammeOnDisk('finds a chain that was written anew, though its hashes agree', async (programme) => {
    await sell(programme, 'ANN', 3)
    await follow(programme)
    await sell(programme, 'ANN', 1, 'later')
    const { db, engine, env } = programme
    await dropGuard(db, engine)
    const entries = await db.selectFrom('ledger_entry').selectAll().orderBy('seq').execute()
    let previous = ''
    for (const { id, ...entry } of entries) {
      const forged: Omit<LedgerEntry, 'id'> = {
        ...entry,
        note: entry.seq === 2 ? 'forged' : entry.note,
        prev_hash: previous,
      }
      previous = entryHash(forged)
      await db
        .updateTable('ledger_entry')
        .set({ ...forged, hash: previous })
        .where('id', '=', id)
        .execute()
    }
    await db.updateTable('affiliate').set({ ledger_hash: previous }).execute()
    const sentence = 'affiliate 1 of project 1: ledger entry number 3 is not the one that was committed'
    expect(await verify(env)).toEqual({ exitCode: 1, printed: `lost: ${sentence}\n` })
    await expect(openAnchor(db, env.ANCHOR_FILE)).rejects.toThrow(sentence)
  })

  withProgrammeOnDisk('finds a database put back to an earlier state', async (programme) => {
    const { db, engine, env } = programme
    await sell(programme, 'ANN', 3)
    await follow(programme)
    await dropGuard(db, engine)
    const [second, third] = await db
      .selectFrom('ledger_entry')
      .selectAll()
      .where('seq', '>', 1)
      .orderBy('seq')
      .execute()
    await db
      .deleteFrom('ledger_entry')
      .where('id', '=', third?.id ?? 0)
      .execute()
    await db
      .updateTable('affiliate')
      .set({ ledger_seq: 2, ledger_hash: second?.hash ?? '' })
      .execute()
    await db.updateTable('balance').set({ earned: 2000 }).execute()
    expect(await verify(env)).toEqual({
      exitCode: 1,
      printed: 'lost: affiliate 1 of project 1: the chain ends at number 2, but 3 was committed\n',
    })
  })

  withProgrammeOnDisk('may be absent, behind, torn or damaged: none of that is a loss', async (programme) => {
    const { db, env } = programme
    const file = env.ANCHOR_FILE
    const started = async () => void (await openAnchor(db, file))
    await sell(programme, 'ANN', 2)
    expect((await verify(env)).printed).toContain('there is no anchor to compare with')
    await started()

    await follow(programme)
    const first = readFileSync(file, 'utf8')
    await sell(programme, 'BEN', 2)
    expect(await verify(env)).toMatchObject({ exitCode: 0 })
    await started()

    await follow(programme)
    const whole = readFileSync(file, 'utf8')
    expect(whole.length).toBeGreaterThan(first.length)
    for (let size = whole.length - 1; size > whole.length - 150; size--) {
      truncateSync(file, size)
      await started()
    }
    // A server that goes on after a torn line writes what the line said once more.
    await follow(programme)
    expect(await marksOf(file)).toEqual(['chain 1 2', 'chain 2 2', expect.stringMatching(/^feed 1 \d+$/)])

    const damaged = readFileSync(file)
    for (let at = 0; at < damaged.length; at += 7) {
      const flipped = Buffer.from(damaged)
      flipped[at] = (flipped[at] as number) ^ 0x01
      writeFileSync(file, flipped)
      await started()
    }
    writeFileSync(file, '')
    await started()
    await follow(programme)
    expect(await marksOf(file)).toEqual(['chain 1 2', 'chain 2 2', expect.stringMatching(/^feed 1 \d+$/)])
    expect(await verify(env)).toMatchObject({ exitCode: 0 })
  })

  withProgrammeOnDisk(
    'writes nothing when nothing happened, and is made small again when it has grown',
    async (programme) => {
      const file = programme.env.ANCHOR_FILE
      await sell(programme, 'ANN', 1)
      await follow(programme)
      const keeper = await openAnchor(programme.db, file)
      await keeper?.follow(programme.db)
      const size = statSync(file).size
      await keeper?.follow(programme.db)
      expect(statSync(file).size).toBe(size)

      const { marks, position } = await readAnchor(file)
      for (let n = 0; n < 21; n++)
        await appendAnchor(
          file,
          Array.from({ length: 1000 }, () => marks)
            .flat()
            .slice(0, 1000),
          position ?? { event: 0, entry: 0 },
        )
      appendFileSync(file, 'feed 1 99')
      await sell(programme, 'BEN', 1)
      await (await openAnchor(programme.db, file))?.follow(programme.db)
      expect((await readAnchor(file)).lines).toBeLessThan(10)
      expect(await marksOf(file)).toEqual(['chain 1 1', 'chain 2 1', expect.stringMatching(/^feed 1 \d+$/)])
      expect(statSync(file).mode & 0o777).toBe(0o600)
    },
  )

  withProgrammeOnDisk(
    'remembers what was numbered earlier and committed later',
    async (programme) => {
      const { db, projectId, clock } = programme
      await sell(programme, 'ANN', 1)
      await sell(programme, 'BEN', 1)
      const keeper = await openAnchor(db, programme.env.ANCHOR_FILE)
      await keeper?.follow(db)
      const entry = { project_id: projectId, kind: 'credit', debit: 'expense', credit: 'payable', amount: 7 } as const
      const terms = {
        currency: 'USD',
        release_at: clock.now(),
        commission_id: null,
        cause: null,
        conversion_id: null,
        refund_id: null,
        payout_id: null,
        note: null,
      }
      await db.transaction().execute(async (tx) => {
        await post(tx, { ...entry, ...terms, affiliate_id: 1 }, clock.now())
        await db.transaction().execute((other) => post(other, { ...entry, ...terms, affiliate_id: 2 }, clock.now()))
        await keeper?.follow(db)
        expect(await marksOf(programme.env.ANCHOR_FILE)).toMatchObject(['chain 1 1', 'chain 2 2', {}])
      })
      await keeper?.follow(db)
      expect(await marksOf(programme.env.ANCHOR_FILE)).toMatchObject(['chain 1 2', 'chain 2 2', {}])
    },
    ['postgres'],
  )
})

async function sell(programme: ProgrammeOnDisk, code: string, sales: number, name = 'sale'): Promise<void> {
  if (name === 'sale') await programme.addAffiliate(code)
  for (let sale = 0; sale < sales; sale++) {
    const id = `${code}-${name}-${sale}`
    expect((await programme.deliver(checkout({ id, amount: 5000, code, email: `${id}@example.com` }))).status).toBe(200)
  }
}

/** A server's life, as far as the anchor sees it. */
async function follow({ db, env }: ProgrammeOnDisk): Promise<void> {
  await (await openAnchor(db, env.ANCHOR_FILE))?.follow(db)
}

const marksOf = async (file: string): Promise<string[]> =>
  (await readAnchor(file)).marks
    .map((mark) =>
      mark.kind === 'feed' ? `feed ${mark.project_id} ${mark.seq}` : `chain ${mark.affiliate_id} ${mark.seq}`,
    )
    .sort()
