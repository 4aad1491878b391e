/** Promise 22: what-if writes nothing and knows the past. A different rule changes only what it says it changes. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { whatIf, type WhatIf } from '../core/conversion/what-if.ts'
import { getProject } from '../core/project/project.ts'
import { retried } from '../db/retried.ts'
import { runCommand } from '../test/command-line.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

const ask = ({ db, projectId }: Programme, change: WhatIf) =>
  retried(db, async (tx) =>
    whatIf(tx, await getProject(tx, projectId), { from: '2026-01-01', to: '2026-12-31' }, change),
  )

const sell = (programme: Programme, id: string, amount: number, code: string | null, email = `${id}@example.com`) =>
  programme.deliver(checkout({ id, amount, code, email }))

/** A command is a process of its own: it reads a file, not this process's memory. */
async function onDisk({ db, engine, url }: Programme): Promise<string> {
  if (engine === 'postgres') return url
  const file = join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'copy.db')
  await sql.raw(`vacuum into '${file}'`).execute(db)
  return `sqlite:${file}`
}

describe('promise 22: what-if writes nothing and knows the past', () => {
  withProgramme("another percentage moves the campaign's own terms alone, and no table", async (programme) => {
    for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
    await programme.call('PUT', '/affiliates/2/terms', { terms: { kind: 'percent', rate: 30 } })
    await sell(programme, 'one', 10_000, 'ANN')
    // What was earned under older terms was earned under those.
    await programme.setTerms({ percent: 10 })
    await sell(programme, 'two', 10_000, 'ANN')
    await sell(programme, 'three', 10_000, 'BEN')
    await sell(programme, 'four', 10_000, null)
    const before = await programme.tables()

    expect(await ask(programme, {})).toEqual({ decided: 4, changed: 0, winners_changed: 0, by_affiliate: [] })
    expect(await ask(programme, { terms: { basis_points: 2500 } })).toEqual({
      decided: 4,
      changed: 2,
      winners_changed: 0,
      by_affiliate: [{ affiliate_id: 1, currency: 'USD', before: 3000, after: 5000 }],
    })
    expect(await programme.tables()).toEqual(before)
  })

  withProgramme('a shorter window takes old clicks out, and credits whoever comes next', async (programme) => {
    for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
    programme.clock.set('2026-10-20T12:00:00.000Z')
    await programme.click('ANN', 'click-of-ann')
    programme.clock.set('2026-11-20T12:00:00.000Z')
    await programme.set({ browser_purchases: 'accept' })
    const report = { project_id: programme.projectId, type: 'purchase', value: 100, email: 'buyer@example.com' }
    await programme.post('/api/track/event', { ...report, referral_code: 'ANN', click_id: 'click-of-ann' })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00' })

    expect(await ask(programme, { settings: { attribution_window_days: 30 } })).toEqual({
      decided: 1,
      changed: 1,
      winners_changed: 1,
      by_affiliate: [{ affiliate_id: 1, currency: 'USD', before: 2000, after: 0 }],
    })
    expect(await ask(programme, { settings: { attribution_window_days: 31 } })).toMatchObject({ changed: 0 })
  })

  withProgramme(
    'customers who bought before are left out when asked, and refunds stay taken back',
    async (programme) => {
      await programme.addAffiliate('ANN')
      await sell(programme, 'first', 1000, null, 'buyer@example.com')
      await sell(programme, 'second', 10_000, 'ANN', 'buyer@example.com')
      const outcome = await ask(programme, { settings: { exclude_existing_customers: true } })
      expect(outcome).toMatchObject({ decided: 2, changed: 1, winners_changed: 1 })
      expect(outcome.by_affiliate).toEqual([{ affiliate_id: 1, currency: 'USD', before: 2000, after: 0 }])
    },
  )

  withProgramme('the command prints what would change, and refuses what it does not know', async (programme) => {
    await programme.addAffiliate('ANN')
    await sell(programme, 'one', 10_000, 'ANN')
    const env = { DATABASE_URL: await onDisk(programme), SECRET_KEY: '5'.repeat(64) }
    const days = ['--project', '1', '--from', '2026-11-01', '--to', '2026-11-30']
    const run = (...args: string[]) => runCommand(['what-if', ...days, ...args], env)
    expect(JSON.parse(await run('--json'))).toMatchObject({ decided: 1, changed: 0, by_affiliate: [] })
    expect(JSON.parse(await run('--set', 'commission_percent=25', '--json'))).toEqual({
      project_id: 1,
      from: '2026-11-01',
      to: '2026-11-30',
      decided: 1,
      changed: 1,
      winners_changed: 0,
      by_affiliate: [{ affiliate_id: 1, currency: 'USD', before: '20.00', after: '25.00', difference: '5.00' }],
    })
    const printed = await run('--set', 'commission_percent=25')
    expect(printed).toContain('difference USD   5.00')
    for (const [set, error] of [
      ['comission_percent=25', 'unknown "comission_percent", did you mean "commission_percent"?'],
      ['commission_percent=250', 'commission_percent: expected 0 to 100, such as 25 or 12.5, got "250"'],
      ['commission_percent', 'expected commission_percent=VALUE'],
      ['attribution_window_days=soon', 'attribution_window_days: expected 1 to 9999 days, got "soon"'],
    ] as const)
      await expect(run('--set', set)).rejects.toThrow(error)
    await expect(
      runCommand(['what-if', '--project', '1', '--from', '2020-01-01', '--to', '2020-01-31'], env),
    ).rejects.toThrow('no conversions from 2020-01-01 to 2020-01-31')
  })
})
