/** `refgrow settings ...`: amounts as people write them, and mistakes that say what was expected. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { ruleOf } from '../core/terms/rule.ts'
import { defaultCampaignId, getProject } from '../core/project/project.ts'
import { settingsOf } from '../core/project/settings.ts'
import { setTerms } from '../core/terms/versions.ts'
import type { TermsChange } from '../core/terms/change.ts'
import { retried } from '../db/retried.ts'
import { openExisting } from '../start.ts'
import { runCommand } from '../test/command-line.ts'
import { createPostgresDatabase, ENGINES } from '../test/databases.ts'

describe.each(ENGINES)('%s', (engine) => {
  let env: Record<string, string>
  const refgrow = (...args: string[]) => runCommand(args.length === 1 ? (args[0] ?? '') : args, env)
  const set = (key: string, value: string, project = 1) =>
    refgrow('settings', 'set', '--project', String(project), key, value)
  const get = async (project = 1) => JSON.parse(await refgrow(`settings get --project ${project}`))

  beforeEach(async () => {
    const DATABASE_URL =
      engine === 'sqlite'
        ? `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
        : await createPostgresDatabase(inject('postgresServer'))
    env = { DATABASE_URL, SECRET_KEY: '5'.repeat(64) }
  })

  const inDatabase = async <T>(work: (of: Awaited<ReturnType<typeof openExisting>>) => Promise<T>): Promise<T> => {
    const context = await openExisting(env, 'write')
    try {
      return await work(context)
    } finally {
      await context.db.destroy()
    }
  }

  test("payout_minimum is in the project's currency, with its digits, written and read", async () => {
    const cases = [
      ['USD', '50.00', 5000, '50.00'],
      ['USD', '0.5', 50, '0.50'],
      ['JPY', '5000', 5000, '5000'],
      ['KWD', '12.345', 12_345, '12.345'],
    ] as const
    for (const [index, [currency, written, minor, read]] of cases.entries()) {
      const project = index + 1
      await refgrow(`project create --name Acme --currency ${currency}`)
      expect(await set('payout_minimum', written, project)).toBe(`payout_minimum = ${read} ${currency}\n`)
      expect(await get(project)).toMatchObject({ payout_minimum: read, currency })
      const kept = await inDatabase(({ db }) => retried(db, (tx) => getProject(tx, project)))
      expect(settingsOf(kept).payout_minimum).toBe(minor)
    }
    const wrong: [string, number, string][] = [
      ['50.005', 1, 'Setting payout_minimum: expected an amount in USD such as 50.00, got "50.005"'],
      ['-1', 1, 'Setting payout_minimum: expected an amount in USD such as 50.00, got "-1"'],
      ['50 USD', 1, 'Setting payout_minimum: expected an amount in USD such as 50.00, got "50 USD"'],
      ['50.5', 3, 'Setting payout_minimum: expected an amount in JPY such as 50, got "50.5"'],
      ['1.2345', 4, 'Setting payout_minimum: expected an amount in KWD such as 50.000, got "1.2345"'],
      ['99999999999', 1, 'Setting payout_minimum: expected a smaller amount, got "99999999999"'],
    ]
    for (const [value, project, sentence] of wrong)
      await expect(
        refgrow('settings', 'set', '--project', String(project), '--', 'payout_minimum', value),
      ).rejects.toThrow(sentence)
    expect(await get(1)).toMatchObject({ payout_minimum: '50.00' })
  })

  test('a wrong value says what was expected, and changes nothing', async () => {
    await refgrow('project create --name Acme')
    const before = await get()
    const cases: [string, string, string][] = [
      ['cookie_days', 'abc', 'a whole number from 1 to 3650'],
      ['cookie_days', '0', 'a whole number from 1 to 3650'],
      ['attribution_window_days', '1.5', 'a whole number from 1 to 3650 or null'],
      ['attribution', 'middle', 'one of last, first'],
      ['signup', 'maybe', 'one of public, approval, invite'],
      ['send_mails', 'yes', 'true or false'],
      ['owner_email', 'me', 'an email address or null'],
      ['dashboard_url', 'acme', 'an address such as https://shop.example/affiliates or null'],
      ['title', 'x'.repeat(201), 'text of at most 200 characters or null'],
      ['payout_kinds', 'paypal', 'a JSON list such as ["paypal","wise"]'],
      ['payout_kinds', '[]', 'at least one of paypal, wise, bank, other'],
      ['signup_fields', 'name', 'a JSON list such as [{"id":"name","required":true}]'],
      ['commission_percent', '1e1', '0 to 100 with at most two decimals'],
      ['hold_days', '366', 'whole days from 0 to 365'],
    ]
    for (const [key, value, expected] of cases)
      await expect(set(key, value)).rejects.toThrow(`Setting ${key}: expected ${expected}, got "${value}"`)
    for (const [key, meant] of [
      ['Payout_Minimum', '; did you mean payout_minimum?'],
      ['owner_mail', '; did you mean owner_email?'],
      ['nonsense', '.'],
    ])
      await expect(set(key ?? '', '1')).rejects.toThrow(
        `Unknown setting "${key}"${meant} Settings: param, cookie_days,`,
      )
    expect(await get()).toEqual(before)
    expect(await set('title', '123')).toBe('title = 123\n')
    expect(await set('cross_domains', '["a.example"]')).toBe('cross_domains = ["a.example"]\n')
    expect(await get()).toEqual({ ...before, title: '123', cross_domains: ['a.example'] })
  })

  test('changing the percentage or the hold leaves the other terms of the default campaign as they are', async () => {
    await refgrow('project create --name Acme')
    const terms = (change: TermsChange) =>
      inDatabase(({ db, clock }) =>
        retried(db, async (tx) => {
          const project = await getProject(tx, 1)
          await setTerms(tx, project, await defaultCampaignId(tx, 1), {}, change, clock.now())
        }),
      )
    const rule = () => inDatabase(({ db }) => retried(db, async (tx) => ruleOf(tx, await defaultCampaignId(tx, 1))))

    await terms({ cap: '100', duration: 'months', duration_count: 12, second_tier: { rate: 5 } })
    await set('commission_percent', '12.5')
    await set('hold_days', '30')
    expect(await rule()).toMatchObject({
      basis_points: 1250,
      hold_days: 30,
      cap: 10_000,
      duration: 'months',
      duration_count: 12,
      second_basis_points: 500,
    })
    expect(await get()).toMatchObject({ commission_percent: 12.5, hold_days: 30 })

    await terms({ kind: 'fixed', amount: '5.00' })
    await set('hold_days', '14')
    expect(await rule()).toMatchObject({ kind: 'fixed', amount: 500, hold_days: 14 })
    expect(await get()).toMatchObject({ commission_percent: null, commission_fixed: '5.00 USD', hold_days: 14 })
  })
})
