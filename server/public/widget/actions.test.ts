/** What an affiliate changes: where his payouts go, asking for one, a code of his own; and the statement he takes away. */
import { describe, expect } from 'vitest'
import { queueMail } from '../../core/news/mail.ts'
import { getProject } from '../../core/project/project.ts'
import { eraseNow } from '../../test/erasures.ts'
import { checkout, hashFor, type Programme, withProgramme } from '../../test/programme.ts'
import { restOf } from '../../test/rest.ts'

const NOW = '2026-11-20T12:00:00.000Z'
const PAYPAL = { kind: 'paypal', email: 'ann.money@example.com' }

const ask = (programme: Programme, path: string, body: object = {}, email = 'ann@example.com') =>
  programme.post(`/api/widget/${path}`, { project_id: programme.projectId, email, hash: hashFor(email), ...body })

const refused = (status: number, code: string, field?: string) => ({
  status,
  body: { success: false, code, error: expect.any(String), ...(field && { field }) },
})

/** Ann with ten dollars to be paid. */
async function withEarnings(programme: Programme) {
  await programme.addAffiliate('ANN')
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'one@example.com' }))
}

describe('nobody acts for an affiliate who is not proven', () => {
  withProgramme('without a hash, with a wrong one, or before joining', async (programme) => {
    await withEarnings(programme)
    const actions: [string, object][] = [
      ['payout-method', { method: PAYPAL }],
      ['payout', { currency: 'USD' }],
      ['slug', { slug: 'ann-b' }],
      ['statement', {}],
    ]
    const before = await programme.tables()
    for (const [path, body] of actions) {
      expect(await ask(programme, path, { ...body, hash: undefined })).toMatchObject(refused(401, 'session_expired'))
      expect(await ask(programme, path, { ...body, hash: hashFor('ben@example.com') })).toMatchObject(
        refused(403, 'wrong_hash'),
      )
      expect(await ask(programme, path, body, 'new@example.com')).toMatchObject(refused(404, 'affiliate_not_found'))
      expect(await ask(programme, path, { ...body, project_id: 99 })).toMatchObject(refused(404, 'project_not_found'))
    }
    expect(await programme.tables()).toEqual(before)
  })
})

describe('where payouts go', () => {
  withProgramme('each kind is stored sealed and shown masked, and the newest replaces the last', async (programme) => {
    await programme.addAffiliate('ANN')
    const methods: [object, string, object][] = [
      [PAYPAL, 'a•••@example.com', { email: 'ann.money@example.com' }],
      [{ kind: 'wise', email: ' wise@example.com ' }, 'w•••@example.com', { email: 'wise@example.com' }],
      [
        { kind: 'bank', holder: ' Ann  Baker ', account: 'de89 3704 0044 0532 0130 00', bic: 'cobadeff' },
        '•••• 3000',
        { holder: 'Ann Baker', account: 'DE89370400440532013000', bic: 'COBADEFF' },
      ],
      [
        { kind: 'bank', holder: 'Ann', account: '000123456789', bic: '021000021' },
        '•••• 6789',
        { account: '000123456789', bic: '021000021' },
      ],
      [{ kind: 'bank', holder: 'Ann', account: '1234', bic: '' }, '•••• 34', { account: '1234', bic: null }],
      [{ kind: 'other', text: 'By cheque to the studio' }, '••••', { text: 'By cheque to the studio' }],
    ]
    for (const [method, masked, details] of methods) {
      const { status, body } = await ask(programme, 'payout-method', { method })
      const { kind } = method as { kind: string }
      expect([status, body.data.payout_method]).toEqual([200, { kind, masked }])
      const stored = await programme.db.selectFrom('payout_method').selectAll().execute()
      expect(stored).toMatchObject([{ affiliate_id: 1, kind, masked, updated_at: NOW }])
      for (const secret of Object.values(details).filter(Boolean)) {
        expect(JSON.stringify(stored)).not.toContain(secret)
        expect(JSON.stringify(body)).not.toContain(secret)
      }
      expect((await restOf(programme).get('affiliates/ann%40example.com/payout-method')).body.data).toEqual({
        affiliate_id: 1,
        kind,
        email: null,
        holder: null,
        account: null,
        bic: null,
        text: null,
        updated_at: NOW,
        ...(kind === 'bank' && { holder: 'Ann' }),
        ...details,
      })
    }
    expect((await ask(programme, 'payout-method', { method: null })).body.data.payout_method).toBeNull()
    expect(await restOf(programme).get('affiliates/1/payout-method')).toMatchObject(
      refused(404, 'payout_method_not_found'),
    )
  })

  withProgramme('what is wrong is refused, with the name of its field', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.set({ payout_kinds: ['paypal', 'bank'] })
    const bank = { kind: 'bank', holder: 'Ann', account: 'DE89370400440532013000' }
    const wrong: [unknown, string][] = [
      [{ kind: 'wise', email: 'a@example.com' }, 'kind'],
      [{ kind: 'paypal', email: 'ann' }, 'email'],
      [{ kind: 'paypal', email: `${'x'.repeat(250)}@example.com` }, 'email'],
      [{ kind: 'paypal' }, 'email'],
      [{ ...bank, holder: ' ' }, 'holder'],
      [{ ...bank, holder: 'x'.repeat(141) }, 'holder'],
      [{ ...bank, holder: 'a\u0007b' }, 'holder'],
      // Two digits changed places.
      [{ ...bank, account: 'DE89370400440532013030' }, 'account'],
      [{ ...bank, account: 'GB82 WEST 1234 5698 7654 33' }, 'account'],
      [{ ...bank, account: '123' }, 'account'],
      [{ ...bank, account: '1'.repeat(35) }, 'account'],
      [{ ...bank, account: '12_34' }, 'account'],
      [{ ...bank, bic: 'COBADEF' }, 'bic'],
      [{ ...bank, bic: '12345' }, 'bic'],
      [{ kind: 'cash' }, 'kind'],
      ['paypal', 'method'],
      [undefined, 'method'],
    ]
    for (const [method, field] of wrong)
      expect([method, await ask(programme, 'payout-method', { method })]).toMatchObject([
        method,
        refused(400, 'invalid_request', field),
      ])
    expect(await programme.db.selectFrom('payout_method').selectAll().execute()).toEqual([])
    await programme.set({ payout_kinds: ['other'] })
    for (const text of ['', ' \n ', 'x'.repeat(501)])
      expect(await ask(programme, 'payout-method', { method: { kind: 'other', text } })).toMatchObject(
        refused(400, 'invalid_request', 'text'),
      )
  })

  withProgramme('only a key that may write reads an account, and only of its own project', async (programme) => {
    await programme.addAffiliate('ANN')
    await ask(programme, 'payout-method', { method: PAYPAL })
    await programme.db
      .updateTable('api_key')
      .set({ scopes: 'read' })
      .where('project_id', '=', programme.projectId)
      .execute()
    const path = '/api/v1/affiliates/1/payout-method'
    expect(await programme.get(path)).toMatchObject(refused(403, 'forbidden'))
    const other = await programme.addProject('Other')
    expect(await programme.get(path, other.apiKey)).toMatchObject(refused(404, 'affiliate_not_found'))
  })
})

describe('asking for a payout', () => {
  withProgramme('the owner hears of it once; paying closes it, and the next can be asked for', async (programme) => {
    await programme.set({ owner_email: 'owner@example.com' })
    await withEarnings(programme)
    await ask(programme, 'payout-method', { method: PAYPAL })
    const asked = { currency: 'USD', amount: 1000, at: NOW }
    expect((await ask(programme, 'payout', { currency: 'usd' })).body.data.payout_request).toEqual(asked)

    programme.clock.set('2026-11-21T12:00:00.000Z')
    await programme.deliver(checkout({ id: 'two', amount: 1000, code: 'ANN', email: 'two@example.com' }))
    expect((await ask(programme, 'payout', { currency: 'USD' })).body.data.payout_request).toEqual(asked)
    const mails = await programme.db
      .selectFrom('mail')
      .selectAll()
      .where('recipient', '=', 'owner@example.com')
      .execute()
    expect(mails.map(({ template, fields }) => [template, JSON.parse(fields)])).toEqual([
      [
        'payout_requested',
        {
          affiliate: 'ann@example.com',
          affiliate_id: 1,
          amount: 1000,
          currency: 'USD',
          account: { kind: 'paypal', masked: 'a•••@example.com' },
        },
      ],
    ])
    const events = await programme.db.selectFrom('event').selectAll().where('type', '=', 'payout_requested').execute()
    expect(events.map(({ subject, payload }) => [subject, JSON.parse(payload)])).toMatchObject([
      [
        'payout request 1',
        {
          referrer: { id: '1', email: 'ann@example.com' },
          payout_request: { id: 'req_1', amount: '10.00', currency: 'USD', status: 'open' },
        },
      ],
    ])

    const { get, post } = restOf(programme)
    const listed = {
      id: 1,
      affiliate_id: 1,
      affiliate_email: 'ann@example.com',
      amount: '10.00',
      currency: 'USD',
      status: 'open',
      method: 'paypal',
      account: 'a•••@example.com',
      created_at: NOW,
      closed_at: null,
    }
    expect((await get('payout-requests?status=open')).body).toEqual({
      success: true,
      data: [listed],
      pagination: { limit: 50, offset: 0, total: 1, has_more: false },
    })
    // A payout in another currency leaves it open.
    await programme.deliver(checkout({ id: 'three', amount: 999, currency: 'eur', code: 'ANN' }))
    await post('payouts', { affiliate_id: 1, currency: 'EUR' })
    expect((await get('payout-requests?status=open')).body.pagination.total).toBe(1)
    await post('payouts', { affiliate_id: 1 })
    expect((await get('payout-requests')).body.data).toEqual([
      { ...listed, status: 'paid', closed_at: '2026-11-21T12:00:00.000Z' },
    ])
    expect((await get('payout-requests?status=withdrawn')).body.data).toEqual([])
    expect(await get('payout-requests?status=x')).toMatchObject(refused(400, 'invalid_request'))

    expect(await ask(programme, 'payout', { currency: 'USD' })).toMatchObject({ body: { code: 'nothing_to_pay' } })
    await programme.deliver(checkout({ id: 'four', amount: 500, code: 'ANN', email: 'four@example.com' }))
    expect((await ask(programme, 'payout', { currency: 'USD' })).body.data).toMatchObject({
      payout_request: { amount: 100, at: '2026-11-21T12:00:00.000Z' },
      payouts: [{ amount: 1200 }, { amount: 200, currency: 'EUR' }],
    })
  })

  withProgramme('it needs an account, eligible money, the minimum and the programme’s leave', async (programme) => {
    await programme.setTerms({ percent: 20, holdDays: 10 })
    await withEarnings(programme)
    const request = (currency = 'USD') => ask(programme, 'payout', { currency })
    const nothing = { body: { code: 'nothing_to_pay' } }
    expect(await request()).toMatchObject(refused(400, 'invalid_request', 'method'))
    await ask(programme, 'payout-method', { method: PAYPAL })
    // Held.
    expect(await request()).toMatchObject(nothing)
    programme.clock.set('2026-12-02T12:00:00.000Z')
    expect(await request('EUR')).toMatchObject(nothing)
    expect(await request('QQQ')).toMatchObject(refused(400, 'invalid_request'))
    await programme.set({ payout_minimum: 1001 })
    expect(await request()).toMatchObject(nothing)
    await programme.set({ payout_minimum: 1000, payout_requests: false })
    expect(await request()).toMatchObject(nothing)
    await programme.set({ payout_requests: true, payout_kinds: ['bank'] })
    expect(await request()).toMatchObject(refused(400, 'invalid_request', 'method'))
    await programme.set({ payout_kinds: ['paypal'] })
    await restOf(programme).put('affiliates/1', { status: 'inactive' })
    expect(await request()).toMatchObject(nothing)
    await restOf(programme).put('affiliates/1', { status: 'active' })
    expect(await programme.db.selectFrom('payout_request').selectAll().execute()).toEqual([])
    expect((await request()).body.data.payout_request).toMatchObject({ amount: 1000 })
  })

  withProgramme('many at once are one request; without the account it is withdrawn', async (programme) => {
    await programme.set({ owner_email: 'owner@example.com' })
    await withEarnings(programme)
    await ask(programme, 'payout-method', { method: PAYPAL })
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(programme, 'payout', { currency: 'USD' })))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    const rows = () => programme.db.selectFrom('payout_request').select(['status', 'closed_at']).execute()
    expect(await rows()).toEqual([{ status: 'open', closed_at: null }])
    expect(
      await programme.db.selectFrom('mail').select('id').where('template', '=', 'payout_requested').execute(),
    ).toHaveLength(1)
    expect((await ask(programme, 'payout-method', { method: null })).body.data.payout_request).toBeNull()
    expect(await rows()).toEqual([{ status: 'withdrawn', closed_at: NOW }])
  })
})

describe('a code of his own', () => {
  const slug = (programme: Programme, text: string, email?: string) => ask(programme, 'slug', { slug: text }, email)
  const codes = async (programme: Programme) =>
    (await programme.db.selectFrom('link').select(['code', 'affiliate_id']).orderBy('id').execute())
      .filter(({ affiliate_id }) => affiliate_id === 1)
      .map(({ code }) => code)

  withProgramme('unused it is renamed; once followed it goes on working beside the new one', async (programme) => {
    await programme.set({ custom_slugs: true })
    await programme.addAffiliate('ANN')
    expect((await slug(programme, 'ann-baker')).body.data).toMatchObject({ referral_code: 'ANN', slug: 'ann-baker' })
    expect((await slug(programme, 'AnnB')).body.data.slug).toBe('AnnB')
    // The same code, written otherwise.
    expect((await slug(programme, 'annb')).body.data.slug).toBe('annb')
    expect(await codes(programme)).toEqual(['ANN', 'annb'])

    expect((await programme.click('ANNB', 'click-0001')).body.data).toEqual({ counted: true })
    expect((await slug(programme, 'bakery')).body.data.slug).toBe('bakery')
    expect(await codes(programme)).toEqual(['ANN', 'annb', 'bakery'])
    expect((await programme.click('annb', 'click-0002')).status).toBe(200)
    // Back to one he had: nothing new is made.
    expect((await slug(programme, 'AnnB')).body.data.slug).toBe('AnnB')
    expect((await slug(programme, 'fresh')).body.data.slug).toBe('fresh')
    expect((await slug(programme, 'fresher')).body.data.slug).toBe('fresher')
    expect(await codes(programme)).toEqual(['ANN', 'AnnB', 'bakery', 'fresher'])

    // A sale through its code alone keeps it too.
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'fresher' }))
    expect((await slug(programme, 'fifth')).body.data.slug).toBe('fifth')
    await programme.click('fifth', 'click-0003')
    expect(await slug(programme, 'sixth')).toMatchObject(refused(400, 'invalid_request', 'slug'))
    expect((await slug(programme, 'bakery')).body.data.slug).toBe('bakery')
    expect(await codes(programme)).toEqual(['ANN', 'AnnB', 'bakery', 'fresher', 'fifth'])
  })

  withProgramme('it is refused where it is taken, wrong or not allowed', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    expect(await slug(programme, 'ann-baker')).toMatchObject(refused(400, 'invalid_request', 'slug'))
    await programme.set({ custom_slugs: true })
    await slug(programme, 'bakery', 'ben@example.com')
    for (const taken of ['ben', 'Ann', 'BAKERY'])
      expect(await slug(programme, taken)).toMatchObject(refused(409, 'code_taken', 'slug'))
    await slug(programme, 'ann-baker')
    expect(await slug(programme, 'Bakery')).toMatchObject(refused(409, 'code_taken', 'slug'))
    for (const wrong of ['', 'ab', 'a b c', 'ä-baker', 'x'.repeat(33), 'a/b', '<b>'])
      expect(await slug(programme, wrong)).toMatchObject(refused(400, 'invalid_request', 'slug'))
    expect(await codes(programme)).toEqual(['ANN', 'ann-baker'])
    // Another project has its own codes.
    const { projectId } = await programme.addProject('Other')
    const { body } = await programme.call('POST', '/affiliates', {
      email: 'eve@example.com',
      referral_code: 'ann-baker',
    })
    expect(body.code).toBe('code_taken')
    expect(projectId).toBe(2)
  })

  withProgramme('of two who want the same code at once, one gets it', async (programme) => {
    await programme.set({ custom_slugs: true })
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    const answers = await Promise.all([
      slug(programme, 'bakery'),
      slug(programme, 'Bakery', 'ben@example.com'),
      slug(programme, 'bakery'),
    ])
    const owners = await programme.db
      .selectFrom('link')
      .select('affiliate_id')
      .where('code_key', '=', 'bakery')
      .execute()
    expect(owners).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200).length).toBe(owners[0]?.affiliate_id === 1 ? 2 : 1)
    expect(answers.every(({ status, body }) => status === 200 || body.code === 'code_taken')).toBe(true)
  })

  withProgramme("a code the owner replaced is no code of the affiliate's choice", async (programme) => {
    await programme.set({ custom_slugs: true })
    await programme.addAffiliate('ANN')
    await restOf(programme).put('affiliates/1', { referral_code: 'ANNA' })
    const { body } = await ask(programme, 'dashboard')
    expect(body.data.affiliate).toMatchObject({ referral_code: 'ANNA', slug: null })
  })
})

describe('the statement', () => {
  withProgramme('has every movement, and nothing that a spreadsheet would run', async (programme) => {
    await withEarnings(programme)
    await restOf(programme).post('payouts', { affiliate_id: 1, amount: '2.50', note: '=cmd()' })
    await programme.deliver(
      checkout({ id: 'two', amount: 1234, currency: 'jpy', code: 'ANN', email: 'two@example.com' }),
    )
    await restOf(programme).put('conversions/1', { status: 'denied', reason: '=HYPERLINK("http://evil.test")' })
    await programme.db.updateTable('project').set({ name: '=Acmé, "Ltd"' }).execute()
    const { status, body } = await ask(programme, 'statement')
    expect([status, body.data.filename]).toEqual([200, 'statement-acme-ltd-2026-11-20.csv'])
    expect(body.data.csv.split('\r\n')).toEqual([
      'date,kind,amount,currency,available_at,note',
      `${NOW},commission,10.00,USD,${NOW},`,
      `${NOW},payout,-2.50,USD,${NOW},payout 1`,
      `${NOW},commission,247,JPY,${NOW},`,
      `${NOW},clawback,-10.00,USD,${NOW},denied`,
      '',
    ])
  })
})

withProgramme(
  'a deleted affiliate leaves no account, no request and no name in the owner’s mail',
  async (programme) => {
    await programme.set({ owner_email: 'owner@example.com', custom_slugs: true })
    await withEarnings(programme)
    await ask(programme, 'payout-method', { method: PAYPAL })
    await ask(programme, 'payout', { currency: 'USD' })
    await ask(programme, 'slug', { slug: 'ann-baker' })
    expect((await restOf(programme).del('affiliates/ann%40example.com')).status).toBe(204)
    await eraseNow(programme)
    const { db } = programme
    for (const table of ['payout_method', 'payout_request'] as const)
      expect(await db.selectFrom(table).selectAll().execute()).toEqual([])
    const left = JSON.stringify([
      await db.selectFrom('mail').selectAll().execute(),
      await db.selectFrom('event').selectAll().execute(),
      await db.selectFrom('link').selectAll().execute(),
    ])
    expect(left).toContain('owner@example.com')
    expect(left).not.toMatch(/ann[@.-]/i)
    expect((await restOf(programme).get('payout-requests')).body.data).toEqual([])

    // A mail that names somebody else stays as it is.
    await db.transaction().execute(async (tx) => {
      const fields = {
        affiliate: 'ben@example.com',
        amount: 1,
        currency: 'USD',
        account: { kind: 'wise', masked: 'b' },
      } as const
      const mail = { recipient: 'owner@example.com', template: 'payout_requested', language: 'en', fields } as const
      await queueMail(tx, await getProject(tx, programme.projectId), mail, NOW)
    })
    expect(JSON.stringify(await db.selectFrom('mail').selectAll().execute())).toContain('ben@example.com')
  },
)
