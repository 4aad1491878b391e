/** A program run from a terminal alone: affiliates in, their sales in the stats, their money out. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { setPayoutMethod } from '../core/payout/account.ts'
import { requestPayout } from '../core/payout/request.ts'
import { createAffiliate, getAffiliate } from '../core/affiliate/affiliate.ts'
import { getProject } from '../core/project/project.ts'
import { Settings } from '../core/project/settings.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { retried } from '../db/retried.ts'
import { writeLetter } from '../outbound/mail-letter.ts'
import { wordingFor } from '../outbound/mail-wording.ts'
import { runCommand, runWithNotes } from '../test/command-line.ts'
import { createPostgresDatabase, ENGINES } from '../test/databases.ts'
import { createProgramme, type Programme } from '../test/programme.ts'

const PUBLIC_URL = 'https://refgrow.shop.test'
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
/** Whatever the hour at which the test runs. */
const THESE_DAYS = `--from ${day(-1)} --to ${day(1)}`

describe.each(ENGINES)('%s', (engine) => {
  let programme: Programme
  let env: Record<string, string>
  const refgrow = async (args: string | string[]) => {
    // A read is answered when all before it is on disk: in one process nobody else could finish while a command waits.
    await programme.db.selectFrom('project').select('id').execute()
    return runCommand(args, env)
  }
  const json = async (args: string) => JSON.parse(await refgrow(`${args} --json`))

  beforeEach(async () => {
    const url =
      engine === 'sqlite'
        ? `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
        : await createPostgresDatabase(inject('postgresServer'))
    const db = openDatabase(url)
    await migrate(db, engine)
    programme = await createProgramme({ db, engine, url })
    programme.clock.set(new Date().toISOString())
    env = { DATABASE_URL: url, SECRET_KEY: '07'.repeat(32), PUBLIC_URL }
  })
  afterEach(async () => {
    await programme.app.close()
    await programme.db.destroy()
  })

  const sale = async (code: string, value: number, reference: string, currency = 'USD') => {
    const body = { type: 'purchase', referral_code: code, email: `${reference}@example.com`, base_value: value }
    const { status } = await programme.call('POST', '/conversions', {
      ...body,
      base_value_currency: currency,
      reference,
    })
    expect(status).toBe(201)
  }
  const mails = async () =>
    (await programme.db.selectFrom('mail').select(['template', 'recipient']).orderBy('id').execute()).map(
      ({ template, recipient }) => `${template} ${recipient}`,
    )

  test('an affiliate is added, with the links they share, by the rules of the API', async () => {
    const added = await refgrow([
      'affiliate',
      'add',
      '--project',
      '1',
      '--email',
      'ann@example.com',
      '--code',
      'ANN',
      '--name',
      'Ann Lee',
    ])
    expect(added).toBe(
      'Affiliate 1 is added: ann@example.com, code ANN.\n' +
        '  Link        https://shop.test/?ref=ANN\n' +
        `  Short link  ${PUBLIC_URL}/r/1/ANN\n` +
        `  Dashboard   ${PUBLIC_URL}/portal/1\n` +
        'Send them a link: the first counts where the tracker is on the page, the short one anywhere. "affiliate add --welcome" emails it.\n',
    )
    expect(await mails()).toEqual([])
    expect(await json('affiliate add --project 1 --email ben@example.com --invited-by ann --welcome')).toEqual({
      id: 2,
      email: 'ben@example.com',
      referral_code: expect.stringMatching(/^[2-9A-Z]{8}$/),
      link: expect.stringMatching(/^https:\/\/shop\.test\/\?ref=/),
      short_link: expect.stringContaining(`${PUBLIC_URL}/r/1/`),
      dashboard: `${PUBLIC_URL}/portal/1`,
    })
    expect(await mails()).toEqual(['welcome ben@example.com'])

    const listed = (await json('affiliate list --project 1')) as unknown[]
    expect(listed).toEqual((await programme.call('GET', '/affiliates')).body.data)
    expect(listed).toMatchObject([
      { id: 1, name: 'Ann Lee', parent_id: null },
      { id: 2, parent_id: 1 },
    ])
    for (const who of ['1', 'ANN', 'ann', 'ANN@example.com'])
      expect(await json(`affiliate show ${who} --project 1`)).toEqual({
        ...(listed[0] as object),
        link: 'https://shop.test/?ref=ANN',
        short_link: `${PUBLIC_URL}/r/1/ANN`,
      })
    expect(await refgrow('affiliate show 2 --project 1')).toMatch(/\ninvited by  ann@example\.com \(1\)\n/)

    const wrong: [string, RegExp | string][] = [
      ['--email nonsense', /^--email: expected an email address such as/],
      ['--email cat@example.com --code a/b', '--code: expected 1 to 64 letters, digits, hyphens or underscores'],
      ['--email cat@example.com --code ann', 'The referral code ann already exists in this project'],
      ['--email Ann@Example.com', /An affiliate with the e-?mail Ann@Example.com already exists/],
      ['--email cat@example.com --campaign 9', 'Campaign not found'],
      [
        '--email cat@example.com --invited-by NOBODY',
        'No affiliate "NOBODY" in project 1; expected a number, an email or',
      ],
    ]
    for (const [args, sentence] of wrong)
      await expect(refgrow(`affiliate add --project 1 ${args}`), args).rejects.toThrow(sentence)
    expect(await json('affiliate list --project 1')).toEqual(listed)
  })

  test('without a website it is said what is missing, and a fresh program is honest about being empty', async () => {
    await refgrow('project create --name Bare')
    expect(await refgrow('affiliate list --project 2')).toBe(
      'No affiliates yet; "affiliate add --email EMAIL" adds one.\n',
    )
    expect(await refgrow('payout requests --project 2')).toBe('Nobody asks to be paid.\n')
    expect(await refgrow('payout list --project 2')).toBe('Nothing was paid yet.\n')
    expect(await refgrow(`stats --project 2 ${THESE_DAYS}`)).toBe(
      `Bare, ${day(-1)} to ${day(1)}\nclicks       0\nsignups      0\npurchases    0\ncommissions  0.00 USD\n\nNo affiliate brought anything in these days.\n`,
    )
    const added = await refgrow('affiliate add --project 2 --email ann@example.com')
    expect(added).toContain('There is no website for the links to lead to: "settings set website https://shop.example"')
    expect(added).not.toMatch(/Link|Short link/)
    for (const args of [
      'affiliate list',
      'affiliate show 1',
      'affiliate approve 1',
      'payout requests',
      'payout list',
      'payout pay 1',
      'stats',
    ])
      await expect(refgrow(`${args} --project 99`), args).rejects.toThrow('No project 99')
  })

  test('an application is approved or turned down, an affiliate paused and resumed; every other order is refused', async () => {
    for (const email of ['ann@example.com', 'ben@example.com'])
      await retried(programme.db, (tx) => createAffiliate(tx, 1, { email, status: 'pending' }, programme.clock.now()))
    const applied = (await json('affiliate list --project 1 --status pending')) as { user_email: string }[]
    expect(applied.map(({ user_email }) => user_email)).toEqual(['ann@example.com', 'ben@example.com'])

    const status = async (who: string) => (await json(`affiliate show ${who} --project 1`)).status
    expect(await refgrow('affiliate approve ann@example.com --project 1')).toBe(
      'ann@example.com is approved: their link counts from now on. They are told by email.\n',
    )
    expect(await refgrow('affiliate reject ben@example.com --project 1')).toMatch(
      /^ben@example\.com is turned down and stays on record as inactive, so that the same address does not apply again\. No email is sent\./,
    )
    expect([await status('1'), await status('2')]).toEqual(['active', 'inactive'])
    expect(await mails()).toEqual(['welcome ann@example.com'])
    expect(await json('affiliate pause 1 --project 1')).toEqual({ id: 1, email: 'ann@example.com', status: 'inactive' })
    expect(await refgrow('affiliate resume 1 --project 1')).toBe('ann@example.com is active again.\n')
    for (const [args, sentence] of [
      ['approve 1', 'ann@example.com is active; only somebody who is pending can be approved'],
      ['reject 1', 'ann@example.com is active; only somebody who is pending can be rejected'],
      ['pause 2', 'ben@example.com is inactive; only somebody who is active can be paused'],
      ['resume 1', 'ann@example.com is active; only somebody who is inactive can be resumed'],
      ['approve 9', 'No affiliate "9" in project 1'],
    ] as const)
      await expect(refgrow(`affiliate ${args} --project 1`)).rejects.toThrow(sentence)
    expect((await mails()).length).toBe(1)
  })

  test('stats count what was brought in the days that are asked for, and list who brought most', async () => {
    for (const code of ['ANN', 'BEN', 'CAT']) await programme.addAffiliate(code)
    for (const [code, id] of [
      ['ANN', 'click-number-a1'],
      ['BEN', 'click-number-b1'],
      ['BEN', 'click-number-b2'],
    ] as const)
      await programme.click(code, id)
    await programme.click('BEN', 'click-number-b3', { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' })
    await sale('ANN', 100, 'one')
    await sale('BEN', 250.5, 'two')
    await sale('BEN', 1000, 'three', 'JPY')

    expect(await json(`stats --project 1 ${THESE_DAYS}`)).toEqual({
      project_id: 1,
      from: day(-1),
      to: day(1),
      clicks: 3,
      bot_clicks: 1,
      signups: 0,
      purchases: 3,
      commissions: [
        { currency: 'JPY', amount: '200' },
        { currency: 'USD', amount: '70.10' },
      ],
      affiliates: [
        {
          id: 2,
          email: 'ben@example.com',
          status: 'active',
          referral_code: 'BEN',
          clicks: 2,
          bot_clicks: 1,
          signups: 0,
          purchases: 2,
          commissions: [
            { currency: 'JPY', amount: '200' },
            { currency: 'USD', amount: '50.10' },
          ],
        },
        {
          id: 1,
          email: 'ann@example.com',
          status: 'active',
          referral_code: 'ANN',
          clicks: 1,
          bot_clicks: 0,
          signups: 0,
          purchases: 1,
          commissions: [{ currency: 'USD', amount: '20.00' }],
        },
      ],
    })
    expect(await refgrow(`stats --project 1 ${THESE_DAYS} --limit 1`)).toBe(
      `Acme, ${day(-1)} to ${day(1)}\n` +
        'clicks       3 (and 1 by bots)\nsignups      0\npurchases    3\ncommissions  70.10 USD, 200 JPY\n\n' +
        'id  email            code  clicks  signups  purchases         commissions\n' +
        ' 2  ben@example.com  BEN        2        0          2  50.10 USD, 200 JPY\n',
    )
    expect(await json(`stats --project 1 --from 2020-01-01 --to 2020-01-31`)).toMatchObject({
      clicks: 0,
      purchases: 0,
      commissions: [],
      affiliates: [],
    })
    // Another project's numbers are its own.
    const other = await programme.addProject('Other')
    expect(await json(`stats --project ${other.projectId} ${THESE_DAYS}`)).toMatchObject({ clicks: 0, affiliates: [] })
    for (const [args, sentence] of [
      ['--from yesterday', /Expected a day such as 2026-11-20/],
      ['--from 2026-02-30', /Expected a day such as 2026-11-20/],
      ['--from 2020-02-01 --to 2020-01-01', '--from: expected a day up to 2020-01-01, got 2020-02-01'],
      ['--limit 0', /Expected a whole number from 1/],
    ] as const)
      await expect(refgrow(`stats --project 1 ${args}`)).rejects.toThrow(sentence)
  })

  test('who asked is listed with where to pay, and what was paid is recorded once it is confirmed', async () => {
    const { db, clock, sealer } = programme
    await programme.addAffiliate('ANN')
    await sale('ANN', 250, 'one')
    const account = { kind: 'paypal' as const, email: 'ann.pays@example.com' }
    await retried(db, async (tx) => {
      const affiliate = await getAffiliate(tx, 1, 1)
      const sealed = sealer.seal(JSON.stringify(account))
      await setPayoutMethod(
        tx,
        affiliate,
        { kind: 'paypal', sealed, masked: 'a•••@example.com', mailbox_hash: null },
        clock.now(),
      )
      await requestPayout(tx, await getProject(tx, 1), affiliate, 'USD', clock.now())
    })
    expect(await json('payout requests --project 1')).toEqual(
      (await programme.call('GET', '/payout-requests?status=open')).body.data,
    )
    expect(await refgrow('payout requests --project 1')).toMatch(
      /^id +affiliate +email +asked +account +status +at\n 1 +1 +ann@example\.com +50\.00 USD +paypal a•••@example\.com +open +\S+\nPay them the way you usually do, then record it: "payout pay AFFILIATE"\.\n$/,
    )

    const question = 'Record that 50.00 USD was paid to ann@example.com (paypal: ann.pays@example.com)'
    await expect(refgrow('payout pay 1 --project 1')).rejects.toThrow(`${question}? Nobody is there to ask: add --yes`)
    for (const [args, sentence] of [
      ['--amount 50.01', 'ann@example.com can be paid 50.00 USD now'],
      ['--amount 0', 'ann@example.com can be paid 50.00 USD now'],
      ['--amount 12.345', '--amount: expected an amount in USD such as 50.00, got "12.345"'],
      ['--currency JPY', 'ann@example.com can be paid 0 JPY now'],
      ['--currency XQZ', /expected an ISO 4217 code such as USD, got "XQZ"/],
    ] as const)
      await expect(refgrow(`payout pay 1 --project 1 --yes ${args}`), args).rejects.toThrow(sentence)
    expect((await programme.call('GET', '/payouts')).body.data).toEqual([])

    expect(await refgrow('payout pay ANN --project 1 --amount 20 --yes --method paypal')).toBe(
      'Payout 1 is recorded: 20.00 USD to ann@example.com (paypal: ann.pays@example.com).\n',
    )
    const paid = await json('payout pay ann@example.com --project 1 --yes')
    expect(paid).toEqual((await programme.call('GET', '/payouts/2')).body.data)
    expect(paid).toMatchObject({ amount: '30.00', currency: 'USD', method: 'manual', status: 'paid' })
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '50.00',
      eligible: '0.00',
      held: '0.00',
      paid: '50.00',
    })
    expect(await refgrow('payout requests --project 1')).toBe('Nobody asks to be paid.\n')
    expect(await json('payout requests --project 1 --status all')).toMatchObject([{ status: 'paid' }])
    expect(await json('payout list --project 1')).toEqual((await programme.call('GET', '/payouts')).body.data)
    await expect(refgrow('payout pay 1 --project 1 --yes')).rejects.toThrow('ann@example.com can be paid 0.00 USD now')
  })

  test('the commands that mails to the owner print run as they stand', async () => {
    const words = wordingFor('en')
    const run = async (template: string, fields: object) => {
      const sender = { project: await retried(programme.db, (tx) => getProject(tx, 1)), settings: Settings.parse({}) }
      const { commands } = writeLetter(template, fields, words, { ...sender, at: programme.clock.now() })
      const [first] = commands
      return (first?.command ?? '').replace('npm run -s refgrow -- ', '').split(' ')
    }
    const application = { affiliate: 'ben@example.com', name: null, company: null, website: null }
    await retried(programme.db, (tx) =>
      createAffiliate(
        tx,
        1,
        { email: 'ben@example.com', status: 'pending', referral_code: 'BEN' },
        programme.clock.now(),
      ),
    )
    expect(await refgrow(await run('application', { ...application, affiliate_id: 1 }))).toMatch(/^ben@.* is approved/)
    await sale('BEN', 500, 'one')
    const asked = { amount: 10_000, currency: 'USD', account: { kind: 'other', masked: '' } }
    const pay = await run('payout_requested', { affiliate: 'ben@example.com', affiliate_id: 1, ...asked })
    expect(await refgrow([...pay, '--yes'])).toContain('Payout 1 is recorded: 100.00 USD to ben@example.com')
  })

  test('held money waits, and is said', async () => {
    await programme.setTerms({ percent: 20, holdDays: 30 })
    await programme.addAffiliate('ANN')
    await sale('ANN', 250, 'one')
    await expect(refgrow('payout pay 1 --project 1 --yes')).rejects.toThrow(
      'ann@example.com can be paid 0.00 USD now; 50.00 USD is held',
    )
    expect(await refgrow('affiliate show 1 --project 1')).toMatch(/to be paid +0\.00 USD\nheld +50\.00 USD\n/)
  })

  test('what affiliates call themselves moves no cursor', async () => {
    await refgrow([
      'affiliate',
      'add',
      '--project',
      '1',
      '--email',
      'ann@example.com',
      '--name',
      'A\u001b[2J\u202eB\nC',
    ])
    const { stdout } = await runWithNotes('affiliate show 1 --project 1', env)
    expect(stdout).toContain('name        A [2JB C\n')
  })
})
