/** Promise 18: a link always redirects, whatever becomes of the database; and what it cannot record it counts as dropped. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { createPostgresDatabase, ENGINES, type FreshDatabase } from '../test/databases.ts'
import { BROWSER, createProgramme, type Programme } from '../test/programme.ts'
import { seedDatabase, startServer } from './child-server.ts'

/** Where another program can lock it. */
async function freshOnDisk(engine: FreshDatabase['engine']): Promise<FreshDatabase> {
  if (engine === 'postgres') {
    const url = await createPostgresDatabase(inject('postgresServer'))
    return { db: openDatabase(url), engine, url }
  }
  const url = `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
  const db = openDatabase(url)
  await migrate(db, engine)
  return { db, engine, url }
}

/** Another program takes the whole database for itself. @returns what gives it back */
async function lock({ engine, url }: Programme): Promise<() => Promise<void>> {
  if (engine === 'sqlite') {
    const other = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5000 })
    other.exec('begin immediate')
    return async () => {
      other.exec('commit')
      other.close()
    }
  }
  const other = new pg.Client(url)
  await other.connect()
  await other.query('begin; lock table link, click, project in access exclusive mode')
  return async () => {
    await other.query('commit')
    await other.end()
  }
}

/** There is no room for another row. @returns what makes some */
async function fill({ db, engine }: Programme): Promise<() => Promise<void>> {
  if (engine === 'sqlite') {
    await sql`pragma max_page_count = 1`.execute(db)
    return async () => void (await sql`pragma max_page_count = 1000000`.execute(db))
  }
  await sql`create function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`.execute(db)
  await sql`create trigger full_disk before insert on click for each statement execute function full_disk()`.execute(db)
  return async () => void (await sql`drop trigger full_disk on click`.execute(db))
}

let visitors = 0
async function follow({ app }: Programme): Promise<string> {
  visitors += 1
  const visit = await app.inject({
    url: '/r/ANN',
    headers: { 'user-agent': BROWSER },
    remoteAddress: `127.2.0.${visitors}`,
  })
  return `${visit.statusCode} ${visit.headers.location?.slice(0, 'https://shop.test/?ref=ANN'.length)}`
}
const FOLLOWED = '302 https://shop.test/?ref=ANN'

/** What is known of a link is old by now. */
function expire(): void {
  const later = performance.now.bind(performance)
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => later() + 61_000)
  onTestFinished(() => clock.mockRestore())
}

const clicksOf = async (programme: Programme) =>
  (await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks

for (const engine of ENGINES)
  describe(`promise 18: a link always redirects [${engine}]`, () => {
    const story = (title: string, tell: (programme: Programme) => Promise<void>) =>
      test(title, async () => {
        const programme = await createProgramme(await freshOnDisk(engine))
        await programme.addAffiliate('ANN')
        expect(await follow(programme)).toBe(FOLLOWED)
        await expect.poll(() => clicksOf(programme), { timeout: 20_000 }).toBe(1)
        try {
          await tell(programme)
        } finally {
          await programme.app.close()
          await programme.db.destroy().catch(() => {})
        }
      })

    story(
      'while another program holds the database, also when what is known is old; then every click is recorded',
      async (programme) => {
        const release = await lock(programme)
        for (let n = 0; n < 3; n++) expect(await follow(programme)).toBe(FOLLOWED)
        expire()
        for (let n = 0; n < 3; n++) expect(await follow(programme)).toBe(FOLLOWED)
        await release()
        await expect.poll(() => clicksOf(programme), { timeout: 20_000 }).toBe(7)
      },
    )

    story('while the database is full; the clicks are dropped, and shown once there is room', async (programme) => {
      const room = await fill(programme)
      // What is left of the last page takes clicks that are smaller than those of links.
      let status = engine === 'sqlite' ? 200 : 500
      for (let n = 1000; status < 500; n++) status = (await programme.click('ANN', `fill-${n}`)).status
      const before = (await programme.db.selectFrom('click').select('id').execute()).length
      expire()
      for (let n = 0; n < 3; n++) expect(await follow(programme)).toBe(FOLLOWED)
      // It waits for the same commits as they do.
      expect((await programme.click('ANN', 'after-them')).status).toBeGreaterThanOrEqual(500)
      await room()
      await expect
        .poll(() => notCounted(programme), { timeout: 20_000 })
        .toContainEqual(expect.objectContaining({ reason: 'dropped', clicks: 3 }))
      expect((await programme.db.selectFrom('click').select('id').execute()).length).toBe(before)
    })

    story('while there is no database at all', async (programme) => {
      await programme.db.destroy()
      expect(await follow(programme)).toBe(FOLLOWED)
      expire()
      expect(await follow(programme)).toBe(FOLLOWED)
    })
  })

const notCounted = async (programme: Programme) => (await programme.get('/api/v1/clicks/not-counted')).body.data

test('a process whose SQLite file another program writes into goes on answering', async () => {
  const { file, env } = await seedDatabase()
  const server = await startServer(env)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const ask = async (path: string) =>
    (
      await fetch(server.url + path, {
        redirect: 'manual',
        headers: { 'user-agent': BROWSER },
        signal: AbortSignal.timeout(3000),
      })
    ).status
  expect(await ask('/r/ANN')).toBe(302)

  const other = new DatabaseSync(file, { timeout: 5000 })
  other.exec('begin immediate')
  // Each leaves a click that waits for the other program; SQLite's own waiting stopped the process for five seconds.
  for (let n = 0; n < 5; n++) expect(await ask('/r/ANN')).toBe(302)
  other.exec('commit')
  await expect
    .poll(() => other.prepare('select count(*) as clicks from click').get(), { timeout: 20_000 })
    .toEqual({ clicks: 6 })
  other.close()
})
