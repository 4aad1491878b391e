/** Transactions of one turn share a commit, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { sqliteDialect } from './sqlite.ts'

interface Tables {
  note: { id: number; text: string }
}

let folder: string
let db: Kysely<Tables>
let onDisk: DatabaseSync

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refgrow-groups-'))
  db = new Kysely<Tables>({ dialect: sqliteDialect(join(folder, 'x.db')) })
  await sql`create table note (id integer primary key, text text not null) strict`.execute(db)
  onDisk = new DatabaseSync(join(folder, 'x.db'), { timeout: 0 })
})

afterEach(async () => {
  onDisk.close()
  await db.destroy()
  rmSync(folder, { recursive: true })
})

const write = (id: number, text = 'x') =>
  db.transaction().execute((tx) => tx.insertInto('note').values({ id, text }).execute())
const idsOnDisk = () =>
  onDisk
    .prepare('select id from note order by id')
    .all()
    .map((row) => row['id'])
test('twenty transactions at once are one commit, and each is on disk when it is answered', async () => {
  const seen = await Promise.all(Array.from({ length: 20 }, (_, n) => write(n + 1).then(() => idsOnDisk().length)))
  expect(seen).toEqual(Array.from({ length: 20 }, () => 20))
})

test('one that fails leaves the others, wherever it stands', async () => {
  for (const failing of [1, 2, 3]) {
    await sql`delete from note`.execute(db)
    const results = await Promise.allSettled(
      [1, 2, 3].map((id) =>
        db.transaction().execute(async (tx) => {
          await tx.insertInto('note').values({ id, text: 'x' }).execute()
          if (id === failing) throw new Error('no')
        }),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(
      [1, 2, 3].map((id) => (id === failing ? 'rejected' : 'fulfilled')),
    )
    expect(idsOnDisk()).toEqual([1, 2, 3].filter((id) => id !== failing))
  }
})

test('a statement beside a group sees what ran before it, and is answered when that is on disk', async () => {
  const [, rows] = await Promise.all([
    write(1),
    db
      .selectFrom('note')
      .select('id')
      .execute()
      .then((found) => ({ found, onDisk: idsOnDisk() })),
    write(2),
  ])
  expect(rows.found).toEqual([{ id: 1 }])
  expect(rows.onDisk).toEqual([1, 2])
})

test('a transaction that waits for something else keeps its turn, and the group waits for it', async () => {
  let go = () => {}
  const waiting = new Promise<void>((resolve) => (go = resolve))
  const slow = db.transaction().execute(async (tx) => {
    await tx.insertInto('note').values({ id: 1, text: 'x' }).execute()
    await waiting
    await tx.insertInto('note').values({ id: 2, text: 'x' }).execute()
  })
  const quick = write(3)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(idsOnDisk()).toEqual([])
  go()
  await Promise.all([slow, quick])
  expect(idsOnDisk()).toEqual([1, 2, 3])
})

test('when the disk is full nobody in the group is told he was served, and what follows works again', async () => {
  await sql`pragma max_page_count = 20`.execute(db)
  const results = await Promise.allSettled([1, 2, 3].map((id) => write(id, 'x'.repeat(id === 2 ? 200_000 : 10))))
  const served = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index + 1] : []))
  expect(results[1]?.status).toBe('rejected')
  expect(idsOnDisk()).toEqual(served)
  await sql`pragma max_page_count = 1000`.execute(db)
  await write(9)
  expect(idsOnDisk()).toEqual([...served, 9])
})

test('a database that is closed keeps what had ended, and nothing of a transaction that goes on', async () => {
  let go = () => {}
  const waiting = new Promise<void>((resolve) => (go = resolve))
  const ended = write(1)
  const goingOn = db.transaction().execute(async (tx) => {
    await tx.insertInto('note').values({ id: 2, text: 'x' }).execute()
    await waiting
    await tx.insertInto('note').values({ id: 3, text: 'x' }).execute()
  })
  const outcome = goingOn.then(
    () => 'done',
    () => 'undone',
  )
  await new Promise((resolve) => setImmediate(resolve))
  await db.destroy()
  await ended
  go()
  expect(await outcome).toBe('undone')
  expect(idsOnDisk()).toEqual([1])
})

test('while another program writes the process goes on, and its transactions and statements follow once that is done', async () => {
  onDisk.exec('begin immediate')
  let waited = 0
  const ticking = setInterval(() => (waited += 1), 1)
  const writing = [write(1), sql`insert into note values (2, 'x')`.execute(db), write(3)]
  await expect.poll(() => waited).toBeGreaterThan(50)
  expect(idsOnDisk()).toEqual([])
  clearInterval(ticking)
  onDisk.exec('commit')
  await Promise.all(writing)
  expect(idsOnDisk()).toEqual([1, 2, 3])
})

test('who waits for another program longer than five seconds is told that the database is locked', async () => {
  const now = performance.now.bind(performance)
  let passed = 0
  // Each look at the clock is two seconds later.
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + (passed += 2000))
  onTestFinished(() => clock.mockRestore())
  onDisk.exec('begin immediate')
  await expect(write(1)).rejects.toThrow('database is locked')
  onDisk.exec('commit')
  await write(2)
  expect(idsOnDisk()).toEqual([2])
})
