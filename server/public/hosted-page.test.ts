/** The portal and the preview as a browser gets them. */
import { expect } from 'vitest'
import { type Programme, withProgramme } from '../test/programme.ts'

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

withProgramme('names are text, whatever they hold', async (programme) => {
  await programme.db.updateTable('project').set({ name: '<img src=x onerror=alert(1)> & "Søn"' }).execute()
  const page = await open(programme, `/portal/img-src-x-onerror-alert-1-s-n-${programme.projectId}`)
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toContain('<img')
  expect(page.body).toContain('&#60;img src=x onerror=alert(1)&#62; &#38; &#34;Søn&#34;')
})

withProgramme('where the company vouches for its visitors there is no portal', async (programme) => {
  await programme.set({ identity_verification: true })
  const answer = await open(programme, `/portal/acme-${programme.projectId}`)
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'portal_closed'])
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
    expect(await programme.tables()).toEqual(before)
    expect((await open(programme, '/preview/999')).statusCode).toBe(404)
  },
)
