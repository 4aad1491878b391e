/** Who comes in, and who does not: codes, log-ins, sign-up. */
import pino from 'pino'
import { expect } from 'vitest'
import { buildApp } from '../../app.ts'
import { loadConfig } from '../../config.ts'
import type { Settings } from '../../core/project/settings.ts'
import { codesMailed, doorOf, newestCode, wrongFor } from '../../test/door.ts'
import { eraseNow } from '../../test/erasures.ts'
import { hashFor, type Programme, withProgramme } from '../../test/programme.ts'

const ANN = 'ann@example.com'

/** Asks for a code and logs in with it. */
async function logIn(programme: Programme, email = ANN): Promise<string> {
  const widget = doorOf(programme)
  await widget.code(email)
  return (await widget.login(await newestCode(programme), email)).body.data.token
}

withProgramme(
  'a code by mail opens the dashboard, once; the token it brings opens it from then on',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const widget = doorOf(programme)
    expect(await widget.code('Ann@Example.com', { language: 'de_AT' })).toMatchObject({
      status: 200,
      body: { success: true, data: { challenge: expect.stringMatching(/^[\w-]{22}$/), minutes: 10 } },
    })
    const [mail] = await codesMailed(programme)
    expect(mail).toEqual({ recipient: ANN, language: 'de-AT', code: expect.stringMatching(/^\d{6}$/), long: false })

    const { status, body } = await widget.login(mail!.code, 'ANN@example.com')
    expect(status).toBe(200)
    expect(body.data).toEqual({
      token: expect.stringMatching(/^rgs_[\w-]{43}$/),
      joined: false,
      dashboard: expect.objectContaining({
        proven: true,
        affiliate: expect.objectContaining({ referral_code: 'ANN' }),
      }),
    })
    const { token } = body.data
    for (const email of [undefined, '', ANN, 'somebody@example.com'])
      expect((await widget.dashboard({ token, email })).body.data).toMatchObject({
        proven: true,
        affiliate: { email: ANN, referral_code: 'ANN' },
      })
    expect(await widget.login(mail!.code)).toMatchObject({ status: 403, body: { code: 'wrong_code', field: 'code' } })

    await widget.code()
    const waits = await newestCode(programme)
    const kept = JSON.stringify([
      await programme.db.selectFrom('mail').selectAll().execute(),
      await programme.db.selectFrom('login_code').selectAll().execute(),
      await programme.db.selectFrom('affiliate_session').selectAll().execute(),
    ])
    expect(kept).toContain('"affiliate_id"')
    expect(kept).not.toContain(token.slice(4))
    // Neither in its own table nor in the mail that waits to be sent.
    expect(kept).not.toMatch(new RegExp(`\\b${waits}\\b`))
  },
)

withProgramme('a code is written as people type it, and anything but six digits costs no try', async (programme) => {
  await programme.addAffiliate('ANN')
  const widget = doorOf(programme)
  const inDigits = (zero: string) => (code: string) =>
    code.replaceAll(/\d/g, (digit) => String.fromCharCode(zero.charCodeAt(0) + Number(digit)))
  await widget.code()
  for (const none of ['', '12345', '1234567', 'abcdef', '½12345', '12345٠1'])
    expect(await widget.login(none)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', error: 'code: expected six digits', field: 'code' },
    })
  const spaced = (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)}`
  for (const write of [spaced, inDigits('٠'), inDigits('۰'), inDigits('０')]) {
    expect((await widget.login(write(await newestCode(programme)))).status).toBe(200)
    await widget.code()
  }
})

withProgramme(
  'a code dies of five wrong tries and of ten minutes, and opens in no other browser',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const widget = doorOf(programme)
    const refused = { status: 403, body: { success: false, code: 'wrong_code' } }

    await widget.code()
    const tried = await newestCode(programme)
    for (let n = 0; n < 4; n++) expect(await widget.login(wrongFor(tried))).toMatchObject(refused)
    expect((await widget.login(tried)).status).toBe(200)

    await widget.code()
    const dead = await newestCode(programme)
    for (let n = 0; n < 5; n++) expect(await widget.login(wrongFor(dead))).toMatchObject(refused)
    expect(await widget.login(dead)).toMatchObject(refused)

    await widget.code()
    const old = await newestCode(programme)
    programme.clock.set('2026-11-20T12:10:00.000Z')
    expect(await widget.login(old)).toMatchObject(refused)

    await widget.code()
    const own = await newestCode(programme)
    const other = doorOf(programme)
    expect(await other.login(own)).toMatchObject(refused)
    await other.code()
    const others = await newestCode(programme)
    if (own !== others) expect(await other.login(own)).toMatchObject(refused)
    expect((await widget.login(own)).status).toBe(200)
    expect((await other.login(others)).status).toBe(200)
  },
)

withProgramme('of two log-ins with one code at the same moment one comes in', async (programme) => {
  await programme.addAffiliate('ANN')
  const widget = doorOf(programme)
  await widget.code()
  const code = await newestCode(programme)
  const answers = await Promise.all([widget.login(code), widget.login(code), widget.login(code)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403])
})

withProgramme('nothing tells whether an address has joined', async (programme) => {
  await programme.addAffiliate('ANN')
  const widget = doorOf(programme)
  const seen = ({ status, body, headers }: Awaited<ReturnType<typeof widget.code>>) => {
    const { date: _, 'x-ratelimit-remaining': _left, ...rest } = headers
    const { challenge: _opaque, ...data } = body.data ?? {}
    return { status, body: { ...body, data }, headers: rest }
  }
  const stranger = 'stranger@example.com'
  expect(seen(await widget.code(stranger))).toEqual(seen(await widget.code(ANN)))
  const code = await newestCode(programme)
  expect(await codesMailed(programme)).toMatchObject([{ recipient: ANN }])
  expect(seen(await widget.login(wrongFor(code), stranger))).toEqual(seen(await widget.login(wrongFor(code), ANN)))
  // A code is its affiliate's alone.
  expect(await widget.login(code, stranger)).toMatchObject({ status: 403, body: { code: 'wrong_code' } })
  // Nor is a stranger's address kept, not even to count it.
  const kept = JSON.stringify([
    await programme.tables(),
    await programme.db.selectFrom('login_code').selectAll().execute(),
    await programme.db.selectFrom('rate_window').selectAll().execute(),
  ])
  expect(kept).not.toContain(stranger)
  expect(kept).toContain(ANN)
})

withProgramme('one network asks twenty times a minute, however many processes answer it', async (programme) => {
  const config = loadConfig({ DATABASE_URL: programme.url, RATE_LIMIT_PUBLIC_PER_MINUTE: '0' })
  const second = await buildApp({ ...programme, config, scripts: false })
  const together = [programme.app, second]
  // On SQLite there is one process, which counts for itself.
  const apps = programme.engine === 'postgres' ? together : together.slice(0, 1)
  for (const [route, body] of [
    ['join', {}],
    ['code', {}],
    ['login', { code: '123456' }],
  ] as const) {
    const statuses = []
    for (let n = 0; n < 22; n++) {
      const payload = JSON.stringify({ project_id: programme.projectId, email: `n${n}@example.com`, ...body })
      const headers = { 'content-type': 'text/plain' }
      const answer = await apps[n % apps.length]!.inject({
        method: 'POST',
        url: `/api/widget/${route}`,
        payload,
        headers,
      })
      statuses.push(answer.statusCode)
      if (n === 20)
        expect(answer).toMatchObject({
          statusCode: 429,
          headers: { 'retry-after': '60', 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0' },
        })
    }
    expect(statuses.slice(0, 20)).not.toContain(429)
    expect(statuses.slice(20)).toEqual([429, 429])
  }
  await second.close()
})

withProgramme('a log that says all it can names no address, no code, no token and no invitation', async (programme) => {
  await programme.addAffiliate('ANN')
  let log = ''
  const logger = pino({ level: 'trace', base: null }, { write: (line: string) => void (log += line) })
  const config = loadConfig({ DATABASE_URL: programme.url, LOG_LEVEL: 'trace' })
  const app = await buildApp({ ...programme, config, logger, scripts: false })
  const post = async (route: string, body: object) =>
    (
      await app.inject({
        method: 'POST',
        url: `/api/widget/${route}`,
        payload: JSON.stringify({ project_id: programme.projectId, ...body }),
        headers: { 'content-type': 'text/plain' },
      })
    ).json()
  const { challenge } = (await post('code', { email: ANN })).data
  const code = await newestCode(programme)
  await post('login', { email: ANN, challenge, code: wrongFor(code) })
  const { token } = (await post('login', { email: ANN, challenge, code })).data
  await post('dashboard', { email: ANN, token })
  await post('join', { email: 'ben@example.com', invite: 'rgi_secret', fields: { name: 'Ben Secret' } })
  await post('join', { email: ANN })
  await post('logout', { token })
  await app.close()
  for (const route of ['code', 'login', 'join', 'logout']) expect(log).toContain(`/api/widget/${route}`)
  for (const secret of ['@', token, challenge, 'rgi_', 'Secret']) expect(log).not.toContain(secret)
  // Not among the digits of a time.
  expect(log).not.toMatch(new RegExp(`\\b(${code}|${wrongFor(code)})\\b`))
})

withProgramme(
  'logging out, a new e-mail, the owner and deletion end a log-in; so do ninety days',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const widget = doorOf(programme)
    const isGone = async (token: string) => {
      expect(await widget.dashboard({ token })).toMatchObject({ status: 401, body: { code: 'session_expired' } })
    }

    const [out, stays] = [await logIn(programme), await logIn(programme)]
    expect(await widget.ask('logout', { token: out, email: '' })).toMatchObject({
      status: 200,
      body: { success: true, data: null },
    })
    await isGone(out)
    expect((await widget.ask('logout', { token: out })).status).toBe(200)
    expect((await widget.ask('logout')).status).toBe(200)
    expect((await widget.dashboard({ token: stays })).status).toBe(200)

    // The same address in another case is the same person.
    await programme.call('PUT', `/affiliates/${ANN}`, { email: 'Ann@Example.com', name: 'Ann' })
    expect((await widget.dashboard({ token: stays })).status).toBe(200)
    await widget.code()
    const onItsWay = await newestCode(programme)
    await programme.call('PUT', `/affiliates/${ANN}`, { email: 'new@example.com' })
    await isGone(stays)
    for (const email of [ANN, 'new@example.com']) expect((await widget.login(onItsWay, email)).status).toBe(403)

    const revoked = await logIn(programme, 'new@example.com')
    expect((await programme.call('DELETE', '/affiliates/new@example.com/sessions')).status).toBe(204)
    await isGone(revoked)

    const used = await logIn(programme, 'new@example.com')
    for (const now of ['2027-01-20T12:00:00.000Z', '2027-03-20T12:00:00.000Z']) {
      programme.clock.set(now)
      expect((await widget.dashboard({ token: used })).status).toBe(200)
    }
    programme.clock.set('2027-06-20T12:00:00.000Z')
    await isGone(used)

    const last = await logIn(programme, 'new@example.com')
    await widget.code('new@example.com')
    await programme.call('DELETE', '/affiliates/new@example.com')
    await isGone(last)
    for (const table of ['login_code', 'affiliate_session', 'mail'] as const)
      expect(
        (await programme.db.selectFrom(table).selectAll().execute()).filter(
          (row) => !('recipient' in row) || row.recipient === 'new@example.com',
        ),
      ).toEqual([])
    for (const token of ['', 'rgs_', `rgs_${'x'.repeat(43)}`, "' or 1=1"]) if (token) await isGone(token)
  },
)

withProgramme('a token is looked up every time and written once a day', async (programme) => {
  await programme.addAffiliate('ANN')
  const token = await logIn(programme)
  const lastUsed = async () => {
    await doorOf(programme).dashboard({ token })
    return (await programme.db.selectFrom('affiliate_session').select('last_used_at').executeTakeFirstOrThrow())
      .last_used_at
  }
  expect(await lastUsed()).toBe('2026-11-20T12:00:00.000Z')
  programme.clock.set('2026-11-21T11:59:00.000Z')
  expect(await lastUsed()).toBe('2026-11-20T12:00:00.000Z')
  programme.clock.set('2026-11-21T12:01:00.000Z')
  expect(await lastUsed()).toBe('2026-11-21T12:01:00.000Z')
})

withProgramme("one project's codes, tokens and invitations open nothing in another", async (programme) => {
  await programme.addAffiliate('ANN')
  const other = await programme.addProject('Other')
  const there = doorOf(programme, { projectId: other.projectId })
  await programme.call('POST', '/affiliates', { email: ANN, referral_code: 'OTHER' }, other.apiKey)

  const here = doorOf(programme)
  const { challenge } = (await here.code()).body.data
  const code = await newestCode(programme)
  expect(await there.login(code, ANN, { challenge })).toMatchObject({ status: 403, body: { code: 'wrong_code' } })
  const token = (await here.login(code)).body.data.token
  expect(await there.dashboard({ token, email: ANN })).toMatchObject({ status: 401, body: { code: 'session_expired' } })
  await there.ask('logout', { token })
  expect((await doorOf(programme).dashboard({ token })).status).toBe(200)
  expect((await programme.call('DELETE', '/affiliates/1/sessions', undefined, other.apiKey)).status).toBe(404)
  expect((await doorOf(programme).dashboard({ token })).status).toBe(200)

  await programme.set({ signup: 'invite' })
  const foreign = (await programme.call('POST', '/invitations', {}, other.apiKey)).body.data.token
  for (const invite of [foreign, 'OTHER'])
    expect(await doorOf(programme).join('cat@example.com', { invite })).toMatchObject({
      status: 403,
      body: { code: 'invite_needed' },
    })
  await programme.set({ signup: 'public' })
  expect((await doorOf(programme).enter('cat@example.com', { invite: 'OTHER' })).status).toBe(200)
  expect((await programme.call('GET', '/affiliates/cat@example.com')).body.data.parent_id).toBeNull()
})

withProgramme('where the host page must sign, nothing else opens anything', async (programme) => {
  await programme.addAffiliate('ANN')
  const widget = doorOf(programme)
  const token = await logIn(programme)
  await programme.set({ identity_verification: true })
  const refused = { status: 403, body: { success: false, code: 'wrong_hash' } }
  for (const who of [{}, { email: '' }, { email: ANN }, { token }, { email: ANN, hash: '00' }, { email: ANN, token }])
    expect(await widget.dashboard(who)).toMatchObject(refused)
  for (const hash of [undefined, '', '00', hashFor(ANN)])
    expect(await widget.join('new@example.com', { hash })).toMatchObject(refused)
  expect(await widget.code()).toMatchObject(refused)
  expect(await widget.login('123456')).toMatchObject(refused)

  expect((await widget.dashboard({ email: ANN, hash: hashFor(ANN) })).body.data.affiliate.referral_code).toBe('ANN')
  expect(await widget.join('new@example.com', { hash: hashFor('new@example.com') })).toMatchObject({ status: 201 })
})

withProgramme("the host page's signature goes before a log-in that is still on the browser", async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  const token = await logIn(programme)
  const ben = 'ben@example.com'
  expect((await doorOf(programme).dashboard({ token, email: ben, hash: hashFor(ben) })).body.data.affiliate.email).toBe(
    ben,
  )
  expect(await doorOf(programme).dashboard({ token, email: ben, hash: hashFor(ANN) })).toMatchObject({ status: 403 })
})

withProgramme('who must be approved waits: he logs in, but his link does not count until then', async (programme) => {
  await programme.set({
    signup: 'approval',
    signup_fields: [{ id: 'company', required: false }],
    owner_email: 'owner@example.com',
    language: 'fr',
  })
  const widget = doorOf(programme)
  const entered = await widget.enter('new@example.com', { language: 'de', fields: { company: 'Acme' } })
  expect(entered).toMatchObject({
    status: 200,
    body: { data: { joined: true, dashboard: { affiliate: { status: 'pending' } } } },
  })
  const { referral_code } = entered.body.data.dashboard.affiliate
  expect(await programme.click(referral_code, 'click-0001')).toMatchObject({
    status: 404,
    body: { code: 'inactive_code' },
  })
  const mails = () => programme.db.selectFrom('mail').selectAll().where('template', '<>', 'login_code').execute()
  expect(await mails()).toMatchObject([{ recipient: 'owner@example.com', template: 'application', language: 'fr' }])
  expect(JSON.parse((await mails())[0]!.fields)).toEqual({
    affiliate: 'new@example.com',
    affiliate_id: 1,
    name: null,
    company: 'Acme',
    website: null,
  })
  await widget.enter('gone@example.com', { fields: { company: 'Secret' } })
  expect(await mails()).toHaveLength(2)
  await programme.call('DELETE', '/affiliates/gone@example.com')
  await eraseNow(programme)
  expect(JSON.stringify(await mails())).not.toMatch(/gone|Secret/)

  const token = await logIn(programme, 'new@example.com')
  expect((await widget.dashboard({ token })).body.data.affiliate).toMatchObject({ status: 'pending' })

  for (const status of ['active', 'inactive', 'active'])
    await programme.call('PUT', '/affiliates/new@example.com', { status })
  expect((await programme.click(referral_code, 'click-0001')).status).toBe(200)
  expect(await programme.db.selectFrom('mail').selectAll().where('template', '=', 'welcome').execute()).toMatchObject([
    { recipient: 'new@example.com', language: 'de' },
  ])
})

withProgramme('by invitation only: the owner invites one address or anybody, for thirty days', async (programme) => {
  await programme.set({ signup: 'invite', dashboard_url: 'https://shop.test/affiliates?tab=2' })
  const widget = doorOf(programme)
  const refused = { status: 403, body: { code: 'invite_needed' } }
  const invite = async (body: object) => (await programme.call('POST', '/invitations', body)).body.data
  const { token, ...told } = await invite({ email: 'Cat@example.com' })
  expect(told).toEqual({
    url: `https://shop.test/affiliates?tab=2&refgrow_invite=${token}`,
    email: 'Cat@example.com',
    expires_at: '2026-12-20T12:00:00.000Z',
  })
  expect(atob(token.split('_')[2].replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('cat')

  const altered = token.replace(/.$/, token.endsWith('A') ? 'E' : 'A')
  const later = token.replace(/_\w+?_/, `_${(Date.parse('2030-01-01') / 1000).toString(36)}_`)
  for (const wrong of [undefined, '', 'rgi_', altered, later, "' or 1=1", 'x'.repeat(500)])
    expect(await widget.join('cat@example.com', { invite: wrong })).toMatchObject(refused)
  expect(await widget.join('dog@example.com', { invite: token })).toMatchObject(refused)
  const entered = (joined: boolean) => ({
    status: 200,
    body: { data: { joined, dashboard: { affiliate: { status: 'active' } } } },
  })
  expect(await widget.enter('cat@example.com', { invite: token })).toMatchObject(entered(true))
  expect(await widget.enter('cat@example.com', { invite: token })).toMatchObject(entered(false))

  const { token: forAll } = await invite({})
  for (const email of ['dog@example.com', 'eel@example.com'])
    expect(await widget.enter(email, { invite: forAll })).toMatchObject(entered(true))
  programme.clock.set('2026-12-20T12:00:00.000Z')
  expect(await widget.join('fox@example.com', { invite: forAll })).toMatchObject(refused)
})

withProgramme(
  'an affiliate who invites becomes the parent; a closed programme he opens not alone',
  async (programme) => {
    const ann = await programme.addAffiliate('ANN')
    await programme.addAffiliate('GONE')
    await programme.call('PUT', '/affiliates/gone@example.com', { status: 'inactive' })
    const widget = doorOf(programme)
    const parentOf = async (email: string) =>
      (await programme.call('GET', `/affiliates/${email}`)).body.data.parent_id as number | null

    const statusOf = async (email: string, invite: string) =>
      (await widget.enter(email, { invite })).body.data.dashboard.affiliate.status as string

    await widget.enter('ben@example.com', { invite: 'ann' })
    await widget.enter('cat@example.com', { invite: 'GONE' })
    await widget.enter('dog@example.com', { invite: 'NOBODY' })
    expect([
      await parentOf('ben@example.com'),
      await parentOf('cat@example.com'),
      await parentOf('dog@example.com'),
    ]).toEqual([ann, null, null])

    await programme.set({ signup: 'approval' })
    expect(await statusOf('eel@example.com', 'ANN')).toBe('pending')
    expect(await parentOf('eel@example.com')).toBe(ann)
    const { token } = (await programme.call('POST', '/invitations', {})).body.data
    expect(await statusOf('fox@example.com', token)).toBe('active')

    await programme.set({ signup: 'invite' })
    expect(await widget.join('gnu@example.com', { invite: 'ANN' })).toMatchObject({ status: 403 })
    await programme.call('PUT', '/campaigns/1', { terms: { second_tier: { kind: 'percent', rate: 5 } } })
    expect(await statusOf('gnu@example.com', 'ANN')).toBe('pending')
    expect(await parentOf('gnu@example.com')).toBe(ann)
  },
)

withProgramme(
  'the form asks what the programme wants to know, and names the field that is wrong',
  async (programme) => {
    const widget = doorOf(programme)
    const fields = { name: '  Ann\n  Lee ', company: '\u0000', website: 'ann.example' }
    const settings: Partial<Settings> = {
      signup_fields: [
        { id: 'name', required: true },
        { id: 'company', required: false },
        { id: 'website', required: true },
      ],
    }
    await programme.set(settings)
    for (const [wrong, field] of [
      [undefined, 'name'],
      [{ ...fields, name: ' \n ' }, 'name'],
      [{ ...fields, name: 'x'.repeat(201) }, 'name'],
      [{ ...fields, name: 5 }, 'name'],
      [{ ...fields, company: 'x'.repeat(201) }, 'company'],
      [{ name: 'Ann' }, 'website'],
      [{ ...fields, website: 'nowhere' }, 'website'],
      [{ ...fields, website: 'javascript:alert(1)' }, 'website'],
      [{ ...fields, website: 'ftp://ann.example' }, 'website'],
      [{ ...fields, website: 'https://a.b:x/' }, 'website'],
    ] as const)
      expect(await widget.join(ANN, { fields: wrong }), JSON.stringify(wrong)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', field, error: expect.stringMatching(new RegExp(`${field}: `)) },
      })
    expect(await widget.join('nobody', { fields })).toMatchObject({ status: 400, body: { field: 'email' } })

    expect((await widget.enter(ANN, { fields, language: 'pt_br' })).status).toBe(200)
    expect((await programme.call('GET', `/affiliates/${ANN}`)).body.data).toMatchObject({
      name: 'Ann Lee',
      company: null,
      website: 'https://ann.example',
      language: 'pt-BR',
    })
    // What it does not ask for is not kept, and a wrong language keeps nobody out.
    await programme.set({ signup_fields: [] })
    await widget.enter('ben@example.com', { fields, language: 'no language at all' })
    expect((await programme.call('GET', '/affiliates/ben@example.com')).body.data).toMatchObject({
      name: null,
      website: null,
      language: null,
    })
  },
)

withProgramme("mails are in the affiliate's language, else in the project's", async (programme) => {
  await programme.set({ language: 'fr' })
  const widget = doorOf(programme)
  await widget.enter(ANN, { language: 'de' })
  await widget.enter('ben@example.com')
  for (const affiliate_id of [1, 2]) {
    await programme.call('POST', '/conversions', { affiliate_id, amount: 10, reference: `order ${affiliate_id}` })
    await programme.call('POST', '/payouts', { affiliate_id })
  }
  await programme.call('PUT', '/campaigns/1', { terms: { second_tier: { kind: 'percent', rate: 5 } } })
  await programme.call('PUT', '/affiliates/ben@example.com', { parent: ANN })
  await programme.call('POST', '/conversions', {
    affiliate_id: 2,
    base_value: 10,
    base_value_currency: 'USD',
    reference: 'x',
  })
  await widget.code()
  await widget.code('ben@example.com')
  const mails = await programme.db.selectFrom('mail').select(['recipient', 'template', 'language']).execute()
  expect(mails.length).toBeGreaterThanOrEqual(10)
  expect(new Set(mails.map(({ recipient, language }) => `${recipient} ${language}`))).toEqual(
    new Set([`${ANN} de`, 'ben@example.com fr']),
  )
  expect(new Set(mails.filter(({ recipient }) => recipient === ANN).map(({ template }) => template))).toEqual(
    new Set(['welcome', 'new_commission', 'payout', 'login_code']),
  )
})
