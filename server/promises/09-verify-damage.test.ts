/** Promise 9: what `verify` finds below and beside the ledger: damaged pages, lost rows, gaps in a feed, wrong counters. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { migrate, migrations } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { runCommand, runVerify as verify } from '../test/command-line.ts'
import { type ProgrammeOnDisk, withProgrammeOnDisk } from '../test/on-disk.ts'
import { checkout } from '../test/programme.ts'

async function sellTo(programme: ProgrammeOnDisk, sales: number): Promise<void> {
  await programme.addAffiliate('ANN')
  for (let sale = 0; sale < sales; sale++)
    await programme.deliver(checkout({ id: `s${sale}`, amount: 5000, code: 'ANN', email: `${sale}@example.com` }))
}

withProgrammeOnDisk(
  'a byte flipped in any page of the ledger is found, in its head and in its rows',
  async (programme) => {
    await sellTo(programme, 60)
    const copy = join(programme.folder, 'copy.db')
    const env = { DATABASE_URL: `sqlite:${copy}` }
    await sql`vacuum into ${copy}`.execute(programme.db)
    const whole = readFileSync(copy)
    expect(await verify(env)).toMatchObject({ exitCode: 0, printed: expect.stringMatching(/^ok 60 ledger entries/) })

    const db = new DatabaseSync(copy, { readOnly: true })
    const pages = db.prepare("select pageno, pagetype from dbstat where name = 'ledger_entry' order by pageno").all()
    const { page_size: size } = db.prepare('pragma page_size').get() as { page_size: number }
    db.close()
    expect(pages.length).toBeGreaterThan(3)
    for (const { pageno } of pages) {
      const start = (Number(pageno) - 1) * size
      // The kind of the page; how many rows it has; the last byte of its first row, which stands at its end.
      for (const offset of [0, 4, size - 1]) {
        const damaged = Buffer.from(whole)
        damaged[start + offset] = (damaged[start + offset] as number) ^ 0x04
        writeFileSync(copy, damaged)
        const { printed, exitCode } = await verify(env)
        expect([pageno, offset, exitCode]).toEqual([pageno, offset, 1])
        expect(printed).toMatch(/^broken: /)
        if (offset < size - 1) expect(printed).toMatch(/^broken: the (file|database) is damaged: /)
      }
    }
    writeFileSync(copy, Buffer.concat([Buffer.from('x'), whole.subarray(1)]))
    expect(await verify(env)).toEqual({
      exitCode: 1,
      printed: 'broken: the database is damaged: file is not a database\n',
    })
  },
  ['sqlite'],
)

withProgrammeOnDisk(
  'a row whose parent is gone is named',
  async (programme) => {
    await sellTo(programme, 1)
    await sql`pragma foreign_keys = off`.execute(programme.db)
    await sql`delete from campaign`.execute(programme.db)
    const { printed, exitCode } = await verify(programme.env)
    expect(printed).toContain('broken: affiliate 1 names a campaign that is not there\n')
    expect(exitCode).toBe(1)
  },
  ['sqlite'],
)

withProgrammeOnDisk('a gap in the feed, a lost end of it and a wrong counter are named', async (programme) => {
  const { db, env } = programme
  await sellTo(programme, 4)
  const { event_seq } = await db.selectFrom('project').select('event_seq').executeTakeFirstOrThrow()
  expect(await verify(env)).toMatchObject({ exitCode: 0 })

  await db.updateTable('project').set({ affiliate_count: 5 }).execute()
  await db.updateTable('rollup').set({ purchases: 9 }).where('period', '=', 'all').execute()
  await db.deleteFrom('event').where('seq', '=', 2).execute()
  expect(await verify(env)).toEqual({
    exitCode: 1,
    printed:
      'broken: project 1: event 2 of its feed is missing\n' +
      'broken: project 1: 1 affiliates, but 5 are counted\n' +
      "broken: affiliate 1: the total counts are not the sum of the days'\n",
  })
  await db.deleteFrom('event').where('seq', '=', 1).execute()
  expect((await verify(env)).printed).toContain('broken: project 1: event 1 of its feed is missing\n')
  await db.deleteFrom('event').where('seq', '=', event_seq).execute()
  expect((await verify(env)).printed).toContain(
    `broken: project 1: its feed should end at event ${event_seq}, but ends at ${event_seq - 1}\n`,
  )
})

test('verify of a database that is not there says so and creates nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const file = join(folder, 'data', 'none.db')
  await expect(runCommand('verify', { DATABASE_URL: `sqlite:${file}` })).rejects.toThrow(
    `No database at sqlite:${file} yet: `,
  )
  expect(readdirSync(folder)).toEqual([])
})

test('verify of a database with an older schema says so and changes nothing', async () => {
  const url = `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'old.db')}`
  const db = openDatabase(url)
  onTestFinished(() => db.destroy())
  const older = Object.fromEntries(Object.entries(migrations).slice(0, 2))
  await migrate(db, 'sqlite', older)
  await expect(runCommand('verify', { DATABASE_URL: url })).rejects.toThrow(
    `The database ${url} is of an older version of Refgrow: bring it up to date with`,
  )
  expect(await migrate(db, 'sqlite', older)).toEqual([])
})
