/** The portal and the preview as a browser gets them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import english from '../../../locales/page/en.json' with { type: 'json' }
import { type Programme, withProgramme } from '../../test/programme.ts'

const open = (programme: Programme, url: string, headers: Record<string, string> = {}) =>
  programme.app.inject({ url, headers })

withProgramme('the portal is the dashboard on a page of its own, in the reader’s language', async (programme) => {
  const page = await open(programme, `/portal/acme-${programme.projectId}`, {
    'accept-language': 'xx, ar-EG;q=0.8, en',
  })
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('<html lang="ar" dir="rtl">')
  expect(page.body).toContain(`<div id="refgrow" data-project-id="${programme.projectId}"></div>`)
  expect(page.body).toContain('<a href="https://shop.test">Acme</a>')
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'sha256-/)
  expect((await open(programme, `/portal/acme-${programme.projectId}`)).body).toContain('<html lang="en" dir="ltr">')
})

withProgramme('a portal keeps its old addresses, with what stands behind them', async (programme) => {
  const { projectId } = programme
  for (const slug of [String(projectId), `former-name-${projectId}`]) {
    const answer = await open(programme, `/portal/${slug}?refgrow_invite=ANN`)
    expect([answer.statusCode, answer.headers.location]).toEqual([302, `/portal/acme-${projectId}?refgrow_invite=ANN`])
  }
  for (const slug of ['acme', 'acme-999', 'acme-99999999999999999999'])
    expect((await open(programme, `/portal/${slug}`)).statusCode).toBe(404)
})

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

withProgramme('where there is nothing a person gets a page in their language, a program JSON', async (programme) => {
  for (const address of ['/portal/acme-999', '/portal/acme', '/preview/999', '/preview/x']) {
    const page = await open(programme, address, { ...BROWSER, 'accept-language': 'de-AT' })
    expect([address, page.statusCode, page.headers['content-type']]).toEqual([address, 404, 'text/html; charset=utf-8'])
    expect(page.body).toContain('<html lang="de" dir="ltr">')
    expect(page.body).toContain('<h1>Dieses Partnerprogramm wurde nicht gefunden.</h1>')
    expect((await open(programme, address)).headers['content-type']).toBe('text/html; charset=utf-8')
    const answer = await open(programme, address, { accept: 'application/json' })
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'project_not_found'])
  }
  for (const address of ['/nowhere', '/portal', '/preview', '/r/bad%20code!', '/%zz']) {
    const page = await open(programme, address, BROWSER)
    expect([address, page.headers['content-type']]).toEqual([address, 'text/html; charset=utf-8'])
    expect(page.statusCode).toBeGreaterThanOrEqual(400)
    expect(page.body).toContain('<h1>There is nothing at this address</h1>')
  }
  // Programs that say nothing, and addresses for programs alone.
  expect((await open(programme, '/nowhere', { accept: '*/*' })).json()).toMatchObject({ code: 'not_found' })
  expect((await open(programme, '/api/v1/nowhere', BROWSER)).json()).toMatchObject({ success: false })
})

withProgramme(
  '/ says what this is and leads to the portal, where there is one; programs may ask for JSON',
  async (programme) => {
    const page = await open(programme, '/', BROWSER)
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const links = (body: string) =>
      [...body.matchAll(/<a href="([^"]+)">([^<]+)</g)].map(([, to, text]) => `${text}: ${to}`)
    expect(links(page.body)).toEqual([
      `Affiliate dashboard of Acme: /portal/acme-${programme.projectId}`,
      'API reference: /docs/api',
      'openapi.json: /openapi.json',
    ])
    for (const { to } of [{ to: `/portal/acme-${programme.projectId}` }, { to: '/docs/api' }, { to: '/openapi.json' }])
      expect([to, (await open(programme, to)).statusCode]).toEqual([to, 200])
    expect((await open(programme, '/', { accept: 'application/json' })).json()).toMatchObject({
      success: true,
      data: { name: 'Refgrow', reference: '/docs/api' },
    })
    expect((await open(programme, '/', { ...BROWSER, 'accept-language': 'he' })).body).toContain(
      '<html lang="he" dir="rtl">',
    )

    // Nobody's dashboard, where the company vouches for its visitors; nobody else's, where there are several.
    await programme.set({ identity_verification: true })
    expect(links((await open(programme, '/', BROWSER)).body)).toHaveLength(2)
    await programme.set({ identity_verification: false })
    await programme.addProject('Other')
    const several = (await open(programme, '/', BROWSER)).body
    expect(links(several)).toHaveLength(2)
    expect(several).not.toContain('Acme')
  },
)

withProgramme('names are text, whatever they hold', async (programme) => {
  await programme.db.updateTable('project').set({ name: '<img src=x onerror=alert(1)> & "Søn"' }).execute()
  const page = await open(programme, `/portal/img-src-x-onerror-alert-1-s-n-${programme.projectId}`)
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toContain('<img')
  expect(page.body).toContain('&#60;img src=x onerror=alert(1)&#62; &#38; &#34;Søn&#34;')
})

withProgramme('where the company vouches for its visitors there is no portal', async (programme) => {
  await programme.set({ identity_verification: true })
  const address = `/portal/acme-${programme.projectId}`
  const answer = await open(programme, address, { accept: 'application/json' })
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'portal_closed'])
  const page = await open(programme, address)
  expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
  expect(page.body).toContain('<h1>Acme shows its affiliate dashboard on its own site</h1>')
  expect(page.body).toContain('<a href="https://shop.test">shop.test</a>')
})

withProgramme(
  'the preview shows the settings as they are, with numbers of nobody, and saves nothing',
  async (programme) => {
    await programme.addAffiliate('ANN', 'ann@example.com')
    await programme.setTerms({ percent: 30, holdDays: 30 })
    await programme.set({ primary_color: '#aa3366', title: 'Partners of Acme' })
    const { projectId } = programme
    expect((await open(programme, `/preview/${projectId}`)).body).toContain('<meta name="robots" content="noindex">')
    expect((await open(programme, '/preview/toolbar.js')).statusCode).toBe(200)

    const shown = async (state: string, theme = 'own') =>
      (await programme.post(`/preview/${projectId}/${state}/${theme}/api/widget/dashboard`, {})).body.data
    const { program, affiliate } = await shown('dashboard', 'dark')
    expect(program).toMatchObject({
      title: 'Partners of Acme',
      commission: { kind: 'percent', basis_points: 3000 },
      appearance: { primary_color: '#aa3366', theme: 'dark' },
    })
    const [balance] = affiliate.balances
    // 49.00 a sale, 30 % of it, and the parts sum to the whole.
    expect(balance.total).toBe(affiliate.totals.purchases * 1470)
    expect(balance.eligible + balance.held + balance.paid).toBe(balance.total)
    expect(affiliate.recent).toHaveLength(20)
    expect(JSON.stringify(affiliate)).not.toContain('ann@example.com')
    expect((await shown('empty')).affiliate).toMatchObject({ balances: [], recent: [] })
    expect(await shown('join')).toMatchObject({
      proven: false,
      affiliate: null,
      program: { appearance: { theme: 'auto' } },
    })

    const before = await programme.tables()
    for (const action of ['join', 'payout', 'payout-method', 'slug', 'login'])
      expect((await programme.post(`/preview/${projectId}/dashboard/own/api/widget/${action}`, {})).status).toBe(400)
    // No stream, and no error in the owner's console either.
    expect((await programme.post(`/preview/${projectId}/dashboard/own/api/widget/live`, {})).status).toBe(204)
    expect(await programme.tables()).toEqual(before)
    expect((await open(programme, '/preview/999')).statusCode).toBe(404)
  },
)

test('the pages speak every language of the dashboard', () => {
  const folder = join(import.meta.dirname, '..', '..', '..', 'locales')
  const languages = (of: string) => readdirSync(of).filter((name) => name.endsWith('.json'))
  expect(languages(join(folder, 'page'))).toEqual(languages(folder))
  const gaps = (text: string) => text.match(/\{\{\w+\}\}/g) ?? []
  for (const file of languages(folder)) {
    const words = JSON.parse(readFileSync(join(folder, 'page', file), 'utf8')) as Record<keyof typeof english, string>
    expect([file, Object.keys(words)]).toEqual([file, Object.keys(english)])
    for (const [key, text] of Object.entries(english) as [keyof typeof english, string][])
      expect([file, key, gaps(words[key])]).toEqual([file, key, gaps(text)])
  }
})
