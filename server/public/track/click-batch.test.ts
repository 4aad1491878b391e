/** Clicks wait for their commit, so many and no more; one project's trouble is its own. */
import { sql } from 'kysely'
import { expect } from 'vitest'
import { createAffiliate } from '../../core/affiliate/affiliate.ts'
import { type NewClick, recordClicks } from '../../core/click/click.ts'
import { createProject } from '../../core/terms/new-project.ts'
import { openDatabase } from '../../db/open.ts'
import { retried } from '../../db/retried.ts'
import type { Db } from '../../db/schema.ts'
import { onBothDatabases } from '../../test/databases.ts'
import { createClickBatch } from './click-batch.ts'

const NOW = '2026-11-20T12:00:00.000Z'
const LIMITS = { clicks: 20_000, bytes: 32 * 1024 * 1024, batch: 2000, inFlight: 4 }

/** Two projects, with the affiliate ANN in each. */
const seed = (db: Db) =>
  retried(db, async (tx) => {
    const made: { project: number; affiliate: number }[] = []
    for (const name of ['One', 'Two']) {
      const { id } = await createProject(
        tx,
        { name, website: 'https://shop.test', currency: 'USD', hmac_secret_sealed: '' },
        NOW,
      )
      const affiliate = await createAffiliate(tx, id, { email: 'ann@example.com', referral_code: 'ANN' }, NOW)
      made.push({ project: id, affiliate: affiliate.id })
    }
    return made as [(typeof made)[0], (typeof made)[0]]
  })

/** Of a visitor of its own. */
const click = (project_id: number, id: string | number): NewClick => ({
  project_id,
  code: 'ANN',
  click_id: `click-${id}`,
  visitor_hash: `visitor-${id}`,
  landing_url: 'https://shop.test/',
  referrer: null,
  source: 'script',
  bot: false,
  at: NOW,
})
const several = (project: number, count: number) => Array.from({ length: count }, (_, n) => click(project, n))

const countsOf = async (db: Db) => ({
  rows: (await db.selectFrom('click').select('id').execute()).length,
  counted: Object.fromEntries(
    (await db.selectFrom('rollup').select(['project_id', 'clicks']).where('period', '=', 'all').execute()).map(
      ({ project_id, clicks }) => [project_id, clicks],
    ),
  ),
  not_counted: await db.selectFrom('not_counted').select(['project_id', 'reason', 'clicks']).execute(),
})

/** The database itself refuses these clicks. */
async function refuse(db: Db, engine: string, pattern: string): Promise<void> {
  if (engine === 'sqlite')
    await sql
      .raw(`create trigger no_such_click before insert on click when new.click_id like '${pattern}'
      begin select raise(abort, 'no such click'); end`)
      .execute(db)
  else
    await sql.raw(`alter table click add constraint no_such_click check (click_id not like '${pattern}')`).execute(db)
}

onBothDatabases(
  'clicks the database refuses are refused alone, however many come with them',
  async ({ db, engine }) => {
    const [{ project, affiliate }] = await seed(db)
    await refuse(db, engine, 'click-%7')
    const batch = createClickBatch(db)
    for (let n = 0; n < 10; n++) batch.offer(click(project, `offered-${n}-`), affiliate)
    const outcomes = await Promise.allSettled(several(project, 300).map((one) => batch.record(one)))
    for (const [n, { status }] of outcomes.entries())
      expect([n, status]).toEqual([n, n % 10 === 7 ? 'rejected' : 'fulfilled'])
    await batch.close()
    expect(await countsOf(db)).toEqual({ rows: 280, counted: { [project]: 280 }, not_counted: [] })
  },
)

onBothDatabases(
  'an offered click that the database refuses is dropped, and counted as such',
  async ({ db, engine }) => {
    const [{ project, affiliate }] = await seed(db)
    await refuse(db, engine, 'click-%')
    const batch = createClickBatch(db)
    for (const one of several(project, 3)) batch.offer(one, affiliate)
    await expect(batch.record(click(project, 'sentinel'))).rejects.toThrow(/no.such.click/)
    await batch.close()
    expect(await countsOf(db)).toEqual({
      rows: 0,
      counted: {},
      not_counted: [{ project_id: project, reason: 'dropped', clicks: 3 }],
    })
  },
)

onBothDatabases('of what may wait one project gets half, and the next one still finds room', async ({ db }) => {
  const [one, two] = await seed(db)
  const batch = createClickBatch(db, undefined, { ...LIMITS, clicks: 20 })
  const first = Promise.allSettled(several(one.project, 15).map((waiting) => batch.record(waiting)))
  const second = Promise.allSettled(several(two.project, 8).map((waiting) => batch.record(waiting)))
  for (let n = 0; n < 3; n++) batch.offer(click(one.project, `offered-${n}`), one.affiliate)

  const taken = (settled: PromiseSettledResult<unknown>[]) => settled.map(({ status }) => status === 'fulfilled')
  expect(taken(await first)).toEqual(Array.from({ length: 15 }, (_, n) => n < 10))
  expect(taken(await second)).toEqual(Array.from({ length: 8 }, (_, n) => n < 5))
  expect((await first)[10]).toMatchObject({ reason: { code: 'overloaded', seconds: 2 } })
  // Once they are recorded there is room again.
  expect(await batch.record(click(one.project, 'later'))).toBe('counted')
  await batch.close()
  expect(await countsOf(db)).toEqual({
    rows: 16,
    counted: { [one.project]: 11, [two.project]: 5 },
    not_counted: [{ project_id: one.project, reason: 'dropped', clicks: 3 }],
  })
})

onBothDatabases('long addresses take more of the room than short ones', async ({ db }) => {
  const [{ project }] = await seed(db)
  const batch = createClickBatch(db, undefined, { ...LIMITS, bytes: 100_000 })
  const long = several(project, 20).map((one) =>
    batch.record({ ...one, landing_url: 'x'.repeat(2000), referrer: 'x'.repeat(2000) }),
  )
  const accepted = (await Promise.allSettled(long)).filter(({ status }) => status === 'fulfilled').length
  expect(accepted).toBe(6)
  const short = several(project, 40).map((one) => batch.record({ ...one, click_id: `short-${one.click_id}` }))
  expect((await Promise.allSettled(short)).every(({ status }) => status === 'fulfilled')).toBe(true)
  await batch.close()
})

onBothDatabases('closing records whatever waits, and what was not counted', async ({ db }) => {
  const [one, two] = await seed(db)
  const batch = createClickBatch(db, undefined, { ...LIMITS, batch: 7, inFlight: 1 })
  for (const { project, affiliate } of [one, two])
    for (const waiting of several(project, 30)) batch.offer(waiting, affiliate)
  batch.addUncounted({ project_id: two.project, affiliate_id: two.affiliate, day: '2026-11-20', reason: 'frame' })
  await batch.close()
  expect(await countsOf(db)).toEqual({
    rows: 60,
    counted: { [one.project]: 30, [two.project]: 30 },
    not_counted: [{ project_id: two.project, reason: 'frame', clicks: 1 }],
  })
})

onBothDatabases('what is not counted is written within seconds, without another click', async ({ db }) => {
  const [{ project, affiliate }] = await seed(db)
  const batch = createClickBatch(db)
  for (const reason of ['limit', 'frame', 'limit'] as const)
    batch.addUncounted({ project_id: project, affiliate_id: affiliate, day: '2026-11-20', reason })
  await expect
    .poll(async () => (await countsOf(db)).not_counted, { timeout: 20_000 })
    .toEqual([
      { project_id: project, reason: 'frame', clicks: 1 },
      { project_id: project, reason: 'limit', clicks: 2 },
    ])
  await batch.close()
})

onBothDatabases(
  'two processes that get the same clicks in opposite order never deadlock',
  async ({ db, engine, url }) => {
    const [{ project }] = await seed(db)
    if (engine !== 'postgres') return
    const other = openDatabase(url)
    for (let round = 0; round < 40; round++) {
      const clicks = several(project, 100).map((one) => ({ ...one, click_id: `${one.click_id}-${round}` }))
      // Without `retried`, which would hide a deadlock.
      const [here, there] = await Promise.all([
        db.transaction().execute((tx) => recordClicks(tx, clicks)),
        other.transaction().execute((tx) => recordClicks(tx, clicks.toReversed())),
      ])
      const outcomes = [...here, ...there].toSorted()
      expect(outcomes).toEqual(Array.from({ length: 200 }, (_, n) => (n < 100 ? 'counted' : 'duplicate')))
    }
    await other.destroy()
    expect(await countsOf(db)).toMatchObject({ rows: 4000, counted: { [project]: 4000 } })
  },
)

onBothDatabases(
  "a lock on one project's counters does not hold up another project's clicks",
  async ({ db, engine, url }) => {
    const [one, two] = await seed(db)
    const batch = createClickBatch(db)
    await batch.record(click(one.project, 'first'))
    if (engine !== 'postgres') return batch.close()
    const other = openDatabase(url)
    const locked = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const holder = other.transaction().execute(async (tx) => {
      await tx.updateTable('rollup').set({ clicks: 1 }).where('project_id', '=', one.project).execute()
      locked.resolve()
      await release.promise
    })
    await locked.promise
    const stuck = batch.record(click(one.project, 'second'))
    for (let n = 0; n < 5; n++) expect(await batch.record(click(two.project, n))).toBe('counted')
    release.resolve()
    await holder
    expect(await stuck).toBe('counted')
    await batch.close()
    await other.destroy()
    expect((await countsOf(db)).counted).toEqual({ [one.project]: 2, [two.project]: 5 })
  },
)
