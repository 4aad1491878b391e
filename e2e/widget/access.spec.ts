/** Who comes in and how: joining, logging in by code, a log-in that ends, live changes, and the element of our own. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { CODE, div, expect, GOOD_HASH, SCRIPT, settled, test } from './harness.ts'

const HEADLINE = 'Earned so far'
const stranger = (project = 'lively', more = '') => ({ body: div(project, more) + SCRIPT })

async function logIn(page: Page, email = 'ann@example.com') {
  await page.getByRole('button', { name: 'Already joined? Log in' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByRole('button', { name: 'Send code' }).click()
  await page.getByLabel('Code from the email').fill(CODE)
  await expect(page.getByText(HEADLINE)).toBeVisible()
}

const stored = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).map((name) => [name, localStorage.getItem(name)]))

test.describe('joining', () => {
  test('asks what the programme asks for, says beside each field what is wrong, and keeps what was typed', async ({
    page,
    visit,
    asked,
  }) => {
    await visit(stranger('fields'))
    const join = page.getByRole('button', { name: 'Join the program' })
    const website = page.getByLabel('Website')
    await page.getByLabel('E-mail address').fill('eve@example.com')
    await join.click()
    await expect(page.getByLabel('Full name')).toBeFocused()
    await expect(page.getByLabel('Full name')).toHaveAccessibleDescription('This is needed.')
    await expect(website).toHaveAccessibleDescription('This is needed.')
    await expect(page.getByLabel('Company (optional)')).toHaveAccessibleDescription('')

    await page.getByLabel('Full name').fill('Eve Stone')
    await website.fill('nowhere')
    await join.click()
    await expect(website).toBeFocused()
    await expect(website).toHaveAccessibleDescription('Enter an address like https://example.com.')
    await website.fill('refused.example')
    await join.click()
    await expect(website).toHaveAccessibleDescription('Enter an address like https://example.com.')
    await expect(page.getByLabel('Full name')).toHaveValue('Eve Stone')

    await website.fill('eve.example')
    await page.keyboard.press('Enter')
    const code = page.getByLabel('Code from the email')
    await expect(code).toBeFocused()
    await expect(page.getByRole('status')).toHaveText('A code is on its way to eve@example.com. Enter it here to join.')
    const form = { fields: { name: 'Eve Stone', website: 'https://eve.example' }, language: 'en' }
    expect(asked().at(-1)!.body).toEqual({ project_id: 'fields', email: 'eve@example.com', ...form })

    // Going back loses nothing, and another code is asked for with the same form.
    await page.getByRole('button', { name: 'Use another address' }).click()
    await expect(page.getByLabel('Full name')).toHaveValue('Eve Stone')
    await expect(website).toHaveValue('eve.example')
    await join.click()
    await page.getByRole('button', { name: 'Send a new code' }).click()
    await expect.poll(() => asked().filter(({ path }) => path.endsWith('/join')).length).toBe(4)
    await code.fill('000000')
    await expect(code).toHaveAccessibleDescription(/This code is not right/)
    await code.fill(CODE)
    await expect(page.getByText(HEADLINE)).toBeVisible()
    await expect(page.locator('.root')).toBeFocused()
    expect(asked().findLast(({ path }) => path.endsWith('/login'))!.body).toEqual({
      project_id: 'fields',
      email: 'eve@example.com',
      code: CODE,
      challenge: expect.stringMatching(/^challenge-/),
      join: form,
    })
  })

  test('a code that is long, because many were asked for, is pasted as a whole', async ({ page, visit, asked }) => {
    await visit(stranger('lively', 'data-project-email="eve@example.com"'))
    await page.getByRole('button', { name: 'Join the program' }).click()
    const long = '0a1b2c3d'.repeat(4)
    await page.getByLabel('Code from the email').fill(`Your code:\n${long}`)
    await expect.poll(() => asked().at(-1)!.body).toMatchObject({ code: long })
    await expect(page.getByLabel('Code from the email')).toHaveValue(long)
  })

  test('links to the terms in a tab of their own that knows nothing of this one', async ({ page, visit }) => {
    await visit(stranger('fields'))
    const link = page.getByRole('link', { name: 'Read the terms' })
    await expect(link).toHaveAttribute('href', 'https://northwind.example/terms')
    await expect(link).toHaveAttribute('target', '_blank')
    await expect(link).toHaveAttribute('rel', 'noopener')
  })

  test('with approval it says that somebody looks at it, and that the link does not count yet', async ({
    page,
    visit,
  }) => {
    await visit(stranger('approval', 'data-project-email="eve@example.com"'))
    await page.getByRole('button', { name: 'Join the program' }).click()
    await page.getByLabel('Code from the email').fill(CODE)
    await expect(page.getByText('Your application is being reviewed')).toBeVisible()
  })

  test('by invitation only it says so, and lets in who has one', async ({ page, visit, asked }) => {
    await visit(stranger('invite'))
    await expect(page.getByText('This program is open by invitation only.')).toBeVisible()
    await expect(page.getByLabel('E-mail address')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Already joined? Log in' })).toBeVisible()

    await page.goto(`${page.url()}?refgrow_invite=wrong`)
    await page.getByLabel('E-mail address').fill('eve@example.com')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toHaveText('This program is open by invitation only.')
    await expect(page.getByLabel('E-mail address')).toHaveValue('eve@example.com')

    await page.goto(page.url().replace('wrong', 'welcome'))
    await page.getByLabel('E-mail address').fill('eve@example.com')
    await page.keyboard.press('Enter')
    await expect(page.getByLabel('Code from the email')).toBeFocused()
    expect(asked().at(-1)!.body).toMatchObject({ invite: 'welcome' })
    await page.keyboard.type(CODE)
    await expect(page.getByText(HEADLINE)).toBeVisible()
    expect(asked().findLast(({ path }) => path.endsWith('/login'))!.body).toMatchObject({ join: { invite: 'welcome' } })
  })

  test('keeps what was typed when the connection fails, and works when it is tried again', async ({
    page,
    visit,
    double,
  }) => {
    await visit(stranger())
    await page.getByLabel('E-mail address').fill('eve@example.com')
    double.refuse.set('join', 502)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toHaveText(/Something went wrong on our side/)
    await expect(page.getByLabel('E-mail address')).toHaveValue('eve@example.com')
    double.refuse.clear()
    await page.getByRole('button', { name: 'Join the program' }).click()
    await expect(page.getByLabel('Code from the email')).toBeFocused()
  })
})

test.describe('logging in', () => {
  test('an address, six digits, and the dashboard is there, on the next visit too', async ({ page, visit, asked }) => {
    await visit(stranger())
    await settled(page)
    await page.evaluate(() => {
      const heard: unknown[] = []
      Object.assign(window, { heard })
      for (const name of ['affiliate:login', 'affiliate:logout']) {
        Reflect.get(window, 'Refgrow').on(name, (detail: unknown) => heard.push([name, detail]))
      }
    })
    await page.getByLabel('E-mail address').fill('ann@example.com')
    await page.getByRole('button', { name: 'Already joined? Log in' }).click()
    await expect(page.getByLabel('E-mail address')).toHaveValue('ann@example.com')
    await expect(page.getByLabel('E-mail address')).toBeFocused()
    await page.keyboard.press('Enter')

    const code = page.getByLabel('Code from the email')
    await expect(code).toBeFocused()
    await expect(code).toHaveAttribute('inputmode', 'numeric')
    await expect(code).toHaveAttribute('autocomplete', 'one-time-code')
    await expect(page.getByRole('status')).toHaveText(
      'If ann@example.com has joined, a code is on its way. It is good for 10 minutes.',
    )
    await page.keyboard.type(CODE)
    await expect(page.getByText(HEADLINE)).toBeVisible()
    await expect(page.locator('.root')).toBeFocused()
    expect(asked().filter(({ path }) => path.endsWith('/login'))).toHaveLength(1)

    const [[name, value]] = (await stored(page)) as [[string, string]]
    expect(name).toBe('refgrow.session lively')
    const { token } = JSON.parse(value)
    expect(await page.content()).not.toContain(token)
    const urls: string[] = []
    page.on('request', (request) => urls.push(request.url()))
    await page.reload()
    await expect(page.getByText(HEADLINE)).toBeVisible()
    expect(asked().at(-1)!.body).toMatchObject({ token, email: 'ann@example.com' })
    expect(urls.join()).not.toContain(token)
  })

  test('a pasted code with its words around it counts, a wrong one is told beside the field and tried once', async ({
    page,
    visit,
    asked,
  }) => {
    await visit(stranger())
    await page.getByRole('button', { name: 'Already joined? Log in' }).click()
    await page.getByLabel('E-mail address').fill('ann@example.com')
    await page.keyboard.press('Enter')
    const code = page.getByLabel('Code from the email')
    await code.fill('000000')
    await expect(code).toHaveAccessibleDescription(/This code is not right/)
    await expect(code).toBeFocused()
    await expect(code).toHaveValue('000000')
    await page.keyboard.press('End')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('0')
    expect(asked().filter(({ path }) => path.endsWith('/login'))).toHaveLength(1)

    await page.getByRole('button', { name: 'Send a new code' }).click()
    await expect(code).toBeFocused()
    await code.evaluate(
      (input: HTMLInputElement, text) => {
        input.value = text
        input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }))
      },
      `Your code: ${CODE.slice(0, 3)} ${CODE.slice(3)}`,
    )
    await expect(page.getByText(HEADLINE)).toBeVisible()
  })

  test('another address can be used, and the way to join is one step away', async ({ page, visit }) => {
    await visit(stranger())
    await page.getByRole('button', { name: 'Already joined? Log in' }).click()
    await page.getByRole('button', { name: 'Send code' }).click()
    await expect(page.getByLabel('E-mail address')).toHaveAccessibleDescription(
      'Enter an address like name@example.com.',
    )
    await page.getByLabel('E-mail address').fill('ann@example.com')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Use another address' }).click()
    await expect(page.getByLabel('E-mail address')).toBeFocused()
    await expect(page.getByLabel('E-mail address')).toHaveValue('ann@example.com')
    await page.getByRole('button', { name: 'Not joined yet? Join' }).click()
    await expect(page.getByRole('button', { name: 'Join the program' })).toBeVisible()
  })

  test('is not offered where the page must sign addresses', async ({ page, visit }) => {
    await visit(stranger('verified'))
    await expect(page.getByRole('alert')).toContainText('could not confirm')
    await expect(page.getByRole('textbox')).toHaveCount(0)
  })

  test('works where nothing may be stored, as long as the page stays', async ({ page, visit }) => {
    await page.addInitScript(() =>
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      }),
    )
    await visit(stranger())
    await logIn(page)
  })

  test('logging out shows the door, tells the page and forgets; also in the other tab', async ({
    page,
    visit,
    context,
    asked,
  }) => {
    await visit(stranger())
    await logIn(page)
    const other = await context.newPage()
    await other.goto(page.url())
    await expect(other.getByText(HEADLINE)).toBeVisible()
    await page.evaluate(() =>
      Reflect.get(window, 'Refgrow').on('affiliate:logout', (detail: unknown) => Object.assign(window, { detail })),
    )
    await page.getByRole('button', { name: 'Log out' }).click()
    await expect(page.getByRole('button', { name: 'Join the program' })).toBeVisible()
    await expect(other.getByRole('button', { name: 'Join the program' })).toBeVisible()
    expect(await page.evaluate('detail')).toEqual({ email: 'ann@example.com' })
    expect(await stored(page)).toEqual([])
    expect(asked().some(({ path }) => path.endsWith('/logout'))).toBe(true)
  })

  test("the host page's own address wins over a log-in that is remembered", async ({ page, visit }) => {
    await visit(stranger())
    await logIn(page)
    await page.evaluate(() => document.getElementById('refgrow')!.setAttribute('data-project-email', 'bob@example.com'))
    await expect(page.getByLabel('E-mail address')).toHaveValue('bob@example.com')
    expect(await stored(page)).toEqual([])
  })

  test('two widgets of a programme are logged in together', async ({ page, visit }) => {
    await visit({ body: div('lively', '') + div('lively', '') + SCRIPT })
    await page.getByRole('button', { name: 'Already joined? Log in' }).first().click()
    await page.getByLabel('E-mail address').first().fill('ann@example.com')
    await page.keyboard.press('Enter')
    await page.getByLabel('Code from the email').fill(CODE)
    await expect(page.getByText(HEADLINE)).toHaveCount(2)
  })
})

test.describe('a log-in that ends while its dashboard is open', () => {
  test('asks for a new code in place, loses nothing, and goes on', async ({ page, visit, double }) => {
    await visit(stranger())
    await logIn(page)
    await page.getByRole('button', { name: '90 days' }).click()
    await expect.poll(double.looking).toBe(1)
    double.desk.expire()
    await expect(page.locator('.again')).toContainText('You have been logged out.')
    await expect(page.getByText(HEADLINE)).toBeVisible()
    await page.getByRole('button', { name: 'Send a new code' }).click()
    await page.getByLabel('Code from the email').fill(CODE)
    await expect(page.locator('.again')).toHaveCount(0)
    await expect(page.getByRole('button', { name: '90 days' })).toHaveAttribute('aria-pressed', 'true')
    await expect.poll(double.looking).toBe(1)
  })

  test('can be left for another address', async ({ page, visit, double }) => {
    await visit(stranger())
    await logIn(page)
    await expect.poll(double.looking).toBe(1)
    double.desk.expire()
    await page.getByRole('button', { name: 'Use another address' }).click()
    await expect(page.getByRole('button', { name: 'Already joined? Log in' })).toBeVisible()
    await expect(page.getByText(HEADLINE)).toHaveCount(0)
  })

  test('is told when the page is opened anew, with the address filled in', async ({ page, visit, double }) => {
    await visit(stranger())
    await logIn(page)
    double.desk.expire()
    await page.reload()
    await expect(page.getByText('You have been logged out.')).toBeVisible()
    await expect(page.getByLabel('E-mail address')).toHaveValue('ann@example.com')
  })
})

test.describe('live', () => {
  const sell = (affiliate: { totals: { purchases: number } }) => (affiliate.totals.purchases = 4242)

  test('a sale appears while the affiliate looks, and takes nothing from under his hands', async ({
    page,
    visit,
    double,
    asked,
  }) => {
    await visit()
    await expect.poll(double.looking).toBe(1)
    await page.getByRole('slider').focus()
    await page.keyboard.press('ArrowLeft')
    const block = await page.locator('.stats').elementHandle()
    double.desk.change('lively', sell)
    await expect(page.getByText('4,242')).toBeVisible()
    await expect(page.getByRole('slider')).toBeFocused()
    await expect(page.locator('.readout')).toContainText('Nov 23')
    expect(await block?.evaluate((element) => element.isConnected)).toBe(true)
    expect(asked().filter(({ path }) => path.endsWith('/dashboard'))).toHaveLength(2)
  })

  test('without a stream it asks every half minute, and what has not changed is not sent', async ({
    page,
    visit,
    double,
    asked,
  }) => {
    await page.clock.install()
    double.refuse.set('live', 404)
    const statuses: number[] = []
    page.on('response', (response) => {
      if (response.request().method() === 'POST') statuses.push(response.status())
    })
    await visit()
    await settled(page)
    await expect.poll(() => statuses.includes(404)).toBe(true)
    const before = asked().length
    await page.clock.runFor(40_000)
    await expect.poll(() => asked().length).toBe(before + 1)
    await expect.poll(() => statuses.at(-1)).toBe(304)
    double.desk.change('lively', sell)
    await page.clock.runFor(40_000)
    await expect(page.getByText('4,242')).toBeVisible()
    expect(statuses.filter((status) => status === 404)).toHaveLength(1)
  })

  test('nobody is told while nobody looks; what was missed is there afterwards', async ({ page, visit, double }) => {
    await visit()
    await expect.poll(double.looking).toBe(1)
    const look = (state: string) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, value })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    await look('hidden')
    await expect.poll(double.looking).toBe(0)
    double.desk.change('lively', sell)
    await look('visible')
    await expect(page.getByText('4,242')).toBeVisible()
    await page.evaluate(() => document.getElementById('refgrow')!.remove())
    await expect.poll(double.looking).toBe(0)
  })
})

test.describe('<refgrow-dashboard>', () => {
  const own = `<refgrow-dashboard project-id="lively" email="ann@example.com" user-hash="${GOOD_HASH}" lang="de"></refgrow-dashboard>`

  test('is a dashboard like the other, and follows its attributes', async ({ page, visit }) => {
    await visit({ body: own + SCRIPT })
    await expect(page.getByText('Bisher verdient')).toBeVisible()
    await page.locator('refgrow-dashboard').evaluate((element) => element.setAttribute('lang', 'en'))
    await expect(page.getByText(HEADLINE)).toBeVisible()
    await page.locator('refgrow-dashboard').evaluate((element) => element.removeAttribute('email'))
    await expect(page.getByRole('button', { name: 'Join the program' })).toBeVisible()
  })

  test("works inside another element's shadow, may be moved, and is released when it goes", async ({
    page,
    visit,
    double,
    asked,
  }) => {
    await visit({ body: '<main></main><section></section><script src="{api}/page.js"></script>' })
    await page.evaluate((html) => {
      const shadow = document.querySelector('main')!.attachShadow({ mode: 'open' })
      shadow.innerHTML = html.replace('"de"', '"en"')
    }, own)
    await expect(page.getByText(HEADLINE)).toBeVisible()
    await page.evaluate(() => {
      const element = document.querySelector('main')!.shadowRoot!.querySelector('refgrow-dashboard')!
      document.querySelector('section')!.append(element)
    })
    await expect(page.getByText(HEADLINE)).toBeVisible()
    expect(asked()).toHaveLength(1)
    await expect.poll(double.looking).toBe(1)
    await page.evaluate(() => document.querySelector('refgrow-dashboard')!.remove())
    await expect.poll(double.looking).toBe(0)
  })

  test('leaves the name to who has it already', async ({ page, visit }) => {
    const theirs = `<script>customElements.define('refgrow-dashboard', class extends HTMLElement { connectedCallback() { this.textContent = 'ours' } })</script>`
    await visit({ body: theirs + own + div() + SCRIPT })
    await expect(page.getByText(HEADLINE)).toHaveCount(1)
    await expect(page.locator('refgrow-dashboard')).toHaveText('ours')
  })
})

test('the footer names its maker where the owner lets it', async ({ page, visit }) => {
  await visit({ body: div('powered') + SCRIPT })
  await expect(page.getByText('Powered by Refgrow')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Refgrow' })).toHaveAttribute('rel', 'noopener')
  await visit()
  await settled(page)
  await expect(page.getByText('Powered by')).toHaveCount(0)
})

test('axe finds nothing in the forms and in the notice of an ended log-in', async ({ page, visit, double }) => {
  const check = async () => {
    const { violations } = await new AxeBuilder({ page }).include('#refgrow').analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
  }
  await visit({ body: `<main><h1>Partners</h1><h2>Yours</h2>${div('fields', '')}</main>${SCRIPT}` })
  await page.getByRole('button', { name: 'Join the program' }).click()
  await check()
  await page.getByRole('button', { name: 'Already joined? Log in' }).click()
  await page.getByLabel('E-mail address').fill('ann@example.com')
  await page.keyboard.press('Enter')
  await page.getByLabel('Code from the email').waitFor()
  await check()
  await page.getByLabel('Code from the email').fill(CODE)
  await expect.poll(double.looking).toBe(1)
  double.desk.expire()
  await page.locator('.again').waitFor()
  await check()
})
