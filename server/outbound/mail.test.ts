/** What a mail says and how it leaves: every template and language, as a message and as a file. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import english from '../../locales/mail/en.json' with { type: 'json' }
import type { MailFields, MailTemplate } from '../core/news/mail.ts'
import { Settings } from '../core/project/settings.ts'
import type { Mail, Project } from '../db/schema.ts'
import { readMail, startSmtp } from '../test/mail.ts'
import { createMailer, messageOf } from './mail.ts'
import { htmlOf } from './mail-body.ts'
import { writeLetter } from './mail-letter.ts'
import { mailLook } from './mail-look.ts'
import { wordingFor } from './mail-wording.ts'

const LOCALES = join(import.meta.dirname, '..', '..', 'locales', 'mail')
const LANGUAGES = readdirSync(LOCALES).map((name) => name.replace('.json', ''))
const NOW = '2026-11-20T12:00:00.000Z'

const FIELDS: { [Template in MailTemplate]: MailFields[Template] } = {
  welcome: { referral_code: 'ANN' },
  new_commission: {
    amount: 4200,
    currency: 'EUR',
    held_until: '2026-12-21T00:00:00.000Z',
    reason: { kind: 'coupon', code: 'SAVE20' },
    sale: { amount: 21_000, currency: 'EUR' },
  },
  payout: { amount: 123_456, currency: 'EUR', method: 'paypal' },
  payout_requested: {
    affiliate: 'ann@example.com',
    affiliate_id: 7,
    amount: 123_456,
    currency: 'EUR',
    account: { kind: 'bank', masked: '•••• 3000' },
  },
  application: {
    affiliate: 'ben@example.com',
    affiliate_id: 8,
    name: 'Ben Baker',
    company: null,
    website: 'https://ben.example',
  },
  login_code: { code: '482913', long: false, expires_at: '2026-11-20T12:10:00.000Z' },
  webhook_disabled: {
    endpoint_id: 3,
    url: 'https://hooks.acme.example/in',
    reason: 'HTTP 500',
    failing_since: '2026-11-15T09:12:00.000Z',
  },
}
const TEMPLATES = Object.keys(FIELDS) as MailTemplate[]

const acme = (settings: Partial<Settings> = {}, project: Partial<Project> = {}): Project => ({
  id: 1,
  name: 'Acme',
  website: 'https://acme.example',
  currency: 'EUR',
  settings: JSON.stringify(settings),
  hmac_secret_sealed: '',
  hmac_secret_previous_sealed: null,
  hmac_secret_previous_until: null,
  created_at: NOW,
  event_seq: 0,
  affiliate_count: 0,
  ...project,
})

const mail = (template: string, fields: object, more: Partial<Mail> = {}): Mail => ({
  id: 7,
  project_id: 1,
  recipient: 'ann@example.com',
  template,
  language: 'en',
  fields: JSON.stringify(fields),
  once_key: null,
  status: 'pending',
  attempts: 1,
  next_attempt_at: NOW,
  error: null,
  created_at: NOW,
  sent_at: null,
  ...more,
})

const config = (smtpUrl?: string) => ({
  smtpUrl,
  mailFrom: 'Acme Partners <partners@acme.example>',
  publicUrl: 'https://ref.acme.example',
  outboxFolder: join(mkdtempSync(join(tmpdir(), 'refgrow-outbox-')), 'outbox'),
  open: (sealed: string) => sealed,
})

const message = (row: Mail, project = acme()) => messageOf(row, project, config(), NOW)

describe('what a mail says', () => {
  test.each(LANGUAGES)('%s has exactly the texts and values of English', (language) => {
    const texts = JSON.parse(readFileSync(join(LOCALES, `${language}.json`), 'utf8')) as Record<string, string>
    expect(Object.keys(texts).toSorted()).toEqual(Object.keys(english).toSorted())
    const valuesIn = (text = '') => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted()
    for (const [key, text] of Object.entries(english))
      expect([key, valuesIn(texts[key])]).toEqual([key, valuesIn(text)])
  })

  test.each(LANGUAGES)('every template is complete in %s', (language) => {
    for (const template of TEMPLATES) {
      const { subject, text, html } = message(mail(template, FIELDS[template], { language }))
      for (const words of [subject, text, html])
        expect([template, words]).toEqual([template, expect.not.stringMatching(/\{\{|\}\}|\b(undefined|null|NaN)\b/)])
    }
  })

  test('welcome: his link and his dashboard; without a website his code', () => {
    const dashboard_url = 'https://acme.example/affiliates?tab=1'
    const withDashboard = message(mail('welcome', FIELDS.welcome), acme({ dashboard_url, param: 'via' }))
    expect(withDashboard.subject).toBe('Welcome to the Acme partner programme')
    expect(withDashboard.text).toContain('Your link:\nhttps://acme.example/?via=ANN')
    expect(withDashboard.text).toContain(`Open your dashboard:\n${dashboard_url}`)
    expect(withDashboard.html).toContain('href="https://acme.example/?via=ANN"')
    const hosted = message(mail('welcome', FIELDS.welcome), acme({}, { website: null }))
    expect(hosted.text).toContain('Your code: ANN')
    expect(hosted.text).toContain('Open your dashboard:\nhttps://ref.acme.example/portal/1')
    // Only the company's own page can say who is looking, and it is not known.
    const bare = message(mail('welcome', FIELDS.welcome), acme({ identity_verification: true }, { website: null }))
    expect(bare.text).toContain('You find it where you joined.')
    expect(bare.html).not.toContain('href')
  })

  test('a commission: the amount, until when it is held, and why it is his', () => {
    const reasonFor = (reason: MailFields['new_commission']['reason'], held_until: string | null = null) =>
      message(mail('new_commission', { ...FIELDS.new_commission, reason, held_until })).text
    const held = message(mail('new_commission', FIELDS.new_commission)).text
    expect(held).toContain('€42.00')
    expect(held).toContain('A customer used your coupon SAVE20.')
    expect(held).toContain('Sale: €210.00\nHeld until: December 21, 2026')
    expect(held).toContain('It is held in case the purchase is returned.')
    const free = reasonFor({ kind: 'click', code: 'ANN' })
    expect(free).toContain('A customer came through your link.')
    expect(free).toContain('Available: Now')
    expect(free).not.toContain('held')
    expect(reasonFor({ kind: 'metadata', code: 'ANN' })).toContain('A customer came with your code ANN.')
    expect(reasonFor({ kind: 'client_reference', code: null })).toContain('A customer came through your link.')
    expect(reasonFor({ kind: 'email', code: null })).toContain('A customer you brought is back.')
    expect(reasonFor({ kind: 'manual', code: null })).toContain('Acme credited this to you.')
    expect(reasonFor({ kind: 'second_tier', code: null })).toContain('A partner you invited earned a commission')
  })

  test('a language of two names has one set of texts', () => {
    expect(wordingFor('nb-NO').say('welcome.subject', { project: 'Acme' })).toBe(
      wordingFor('no').say('welcome.subject', { project: 'Acme' }),
    )
    expect(wordingFor('iw').dir).toBe('rtl')
  })

  test("money and dates are written as the mail's language writes them, digit by digit", () => {
    const german = message(mail('new_commission', FIELDS.new_commission, { language: 'de' }))
    expect(german.subject).toBe('Sie haben 42,00\u00a0€ mit Acme verdient')
    expect(german.text).toContain('Vorgemerkt bis: 21. Dezember 2026')
    const amounts: [number, string, string, string][] = [
      [1500, 'JPY', 'en', '¥1,500'],
      [12_345, 'KWD', 'en', 'KWD\u00a012.345'],
      [123_456_789_012_345, 'USD', 'de', '1.234.567.890.123,45\u00a0$'],
      [5, 'USD', 'en-GB', 'US$0.05'],
    ]
    for (const [amount, currency, language, written] of amounts)
      expect(wordingFor(language).money({ amount, currency })).toBe(written)
    expect(message(mail('payout', { amount: 5, currency: 'EUR', method: 'manual' })).text).toContain(
      'Method: Transfer by Acme',
    )
  })

  test('a long code is not in the subject, and says why it is long and how long it lives', () => {
    const code = '0a1b2c3d'.repeat(4)
    const fields = { code: `sealed ${code}`, long: true, expires_at: '2026-11-20T14:00:00.000Z' }
    const open = (sealed: string) => sealed.replace('sealed ', '')
    const { subject, text, html } = messageOf(mail('login_code', fields), acme(), { ...config(), open }, NOW)
    expect(subject).toBe('Your code: Acme')
    expect(text).toContain(`Your code\n${code}\n`)
    expect(text).toContain('valid for 120 minutes and works once')
    expect(text).toContain('because many codes were asked for')
    expect(`${text}${html}`).not.toContain('sealed')
  })

  test('a login code stands alone, to be copied, and says how long it lives', () => {
    const { subject, text, html } = message(mail('login_code', FIELDS.login_code))
    expect(subject).toBe('482913 is your code for Acme')
    expect(text).toMatch(/^482913$/m)
    expect(html).toContain('>482913</div>')
    expect(text).toContain('It is valid for 10 minutes')
  })

  test('a dead webhook: which, why, what to do', () => {
    const { text } = message(mail('webhook_disabled', FIELDS.webhook_disabled))
    for (const part of [
      'https://hooks.acme.example/in',
      'Number: 3',
      'HTTP 500',
      'November 15, 2026',
      'Repair the endpoint',
    ])
      expect(text).toContain(part)
  })

  test('mails to the owner say what to run, in every language, with numbers alone', () => {
    const run = (command: string) => `npm run -s refgrow -- ${command}`
    const told = [
      ['application', ['affiliate approve 8 --project 1', 'affiliate reject 8 --project 1']],
      ['payout_requested', ['payout pay 7 --project 1 --amount 1234.56 --currency EUR']],
      ['webhook_disabled', ['webhook enable 3 --project 1']],
    ] as const
    for (const language of LANGUAGES)
      for (const [template, commands] of told) {
        const fields = {
          ...FIELDS[template],
          ...(template !== 'webhook_disabled' && { affiliate: '"$(reboot)"@evil.example' }),
        }
        const { text, html } = message(mail(template, fields, { language }))
        expect(text.match(/^ {2}npm .*$/gm)?.map((line) => line.trim())).toEqual(commands.map(run))
        for (const command of commands) expect(html).toContain(`>${run(command)}</code>`)
      }
    expect(message(mail('application', FIELDS.application)).text).toContain(
      'Let them in:\n  npm run -s refgrow -- affiliate approve 8 --project 1\n\nTurn them down:\n  npm run -s refgrow -- affiliate reject 8 --project 1\n\nRun commands on your server, in the folder of Refgrow.\n',
    )
    // To an affiliate there is none, and a mail that an earlier version queued knows no number.
    expect(message(mail('welcome', FIELDS.welcome)).text).not.toContain('Refgrow')
    const { affiliate_id: _, ...earlier } = FIELDS.application
    expect(message(mail('application', earlier)).text).not.toMatch(/npm|Run commands/)
    expect(
      message(mail('payout_requested', { ...FIELDS.payout_requested, amount: 5000, currency: 'JPY' })).text,
    ).toContain('--amount 5000 --currency JPY')
  })

  test('the language is a tag or a header; what is not translated is English', () => {
    const chosen = (wanted: string) => wordingFor(wanted).language
    expect(chosen('de')).toBe('de')
    expect(chosen('DE-at')).toBe('de-AT')
    expect(chosen('tlh, de;q=0.5, en;q=0.4')).toBe('de')
    expect(chosen('en;q=0.4,de;q=0.8')).toBe('de')
    for (const odd of ['', '*', 'tlh', '../../etc/passwd', 'x'.repeat(1000), 'de\r\nBcc: a@b.c'])
      expect(chosen(odd)).toBe('en')
  })

  test('a language written from right to left is set so, and names keep their own direction', () => {
    const letter = writeLetter('welcome', FIELDS.welcome, wordingFor('en'), {
      project: acme(),
      settings: Settings.parse({}),
      at: NOW,
    })
    const html = htmlOf(letter, { language: 'ar', dir: 'rtl' }, { project: 'Acme', colour: null })
    expect(html).toContain('<html lang="ar" dir="rtl">')
    expect(html).toContain('text-align:right')
    expect(html).not.toContain('text-align:left')
    expect(html).toMatch(/<a [^>]*dir="ltr"/)
  })

  test('whatever colour the company picks, its text can be read', () => {
    for (const colour of [null, '#ffffff', '#000000', '#ffd400', '#808080', '#ff0000'])
      for (const theme of ['light', 'dark'] as const) {
        const look = mailLook(colour, theme)
        for (const [over, under] of [
          [look.accent, look.wash],
          [look.accent, look.ground],
          [look.onFill, look.fill],
          [look.muted, look.ground],
          [look.muted, look.wash],
          [look.ink, look.wash],
        ] as const)
          expect([colour, theme, over, under, ratio(over, under) >= 4.5]).toEqual([colour, theme, over, under, true])
      }
  })
})

/** WCAG 2, counted a second time. */
function ratio(one: string, other: string): number {
  const light = (colour: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [a, b] = [light(one), light(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

describe('how it leaves', () => {
  test('by SMTP, with the headers of an automatic mail and a name that a repetition keeps', async () => {
    const smtp = await startSmtp({ password: 'p@ss word' })
    const send = createMailer(config(smtp.url))
    const row = mail('new_commission', FIELDS.new_commission, { language: 'de' })
    expect(await send(row, acme(), NOW)).toEqual({})
    await send({ ...row, attempts: 2 }, acme(), '2026-11-20T12:01:00.000Z')
    expect(smtp.received).toMatchObject([
      { from: 'partners@acme.example', to: ['ann@example.com'] },
      { to: ['ann@example.com'] },
    ])
    const [first, second] = smtp.received.map(({ raw }) => readMail(raw))
    expect(first?.headers).toMatchObject({
      from: 'Acme Partners <partners@acme.example>',
      to: 'ann@example.com',
      subject: 'Sie haben 42,00\u00a0€ mit Acme verdient',
      'auto-submitted': 'auto-generated',
      'content-language': 'de',
      'message-id': `<mail-7-${Date.parse(NOW)}@ref.acme.example>`,
      date: 'Fri, 20 Nov 2026 12:00:00 +0000',
    })
    expect(second?.headers['message-id']).toBe(first?.headers['message-id'])
    expect(first?.text).toContain('Ein Kunde hat Ihren Gutschein SAVE20 eingelöst.')
    expect(first?.html).toContain('<html lang="de" dir="ltr">')
    await smtp.stop()
  })

  test('without an SMTP server as a file that only its owner reads', async () => {
    const send = createMailer(config())
    const { file = '' } = await send(mail('login_code', FIELDS.login_code), acme(), NOW)
    expect(file).toMatch(/outbox\/7-login_code\.eml$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { headers, text, html } = readMail(readFileSync(file, 'utf8'))
    expect(headers).toMatchObject({ to: 'ann@example.com', subject: '482913 is your code for Acme' })
    expect(text).toMatch(/^482913\r?$/m)
    expect(html).toContain('482913')
  })

  test('nothing is loaded from anywhere, and the dark colours are there', () => {
    for (const template of TEMPLATES) {
      const html = message(mail(template, FIELDS[template])).html
      expect(html).not.toMatch(/<img|<link|<script|url\(|@import|src=/i)
      expect(html).toContain('prefers-color-scheme:dark')
      expect(html).toContain('name="color-scheme" content="light dark"')
    }
  })

  test('names that try to break out stay names', async () => {
    const smtp = await startSmtp()
    const send = createMailer(config(smtp.url))
    const name = 'Acme\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script> "x" & {{code}} \u202egnp.exe'
    const project = acme({ dashboard_url: 'https://acme.example/?a=1&b="><b>' }, { name })
    for (const template of TEMPLATES) await send(mail(template, FIELDS[template]), project, NOW)
    await send(
      mail('new_commission', { ...FIELDS.new_commission, reason: { kind: 'coupon', code: '<b>\r\nX: y' } }),
      project,
      NOW,
    )
    await send(mail('webhook_disabled', { ...FIELDS.webhook_disabled, reason: '<i>\u0000\r\n.\r\nQUIT' }), project, NOW)
    await send(
      mail('welcome', FIELDS.welcome, { recipient: 'ann@example.com\r\nBcc: x@example.com' }),
      project,
      NOW,
    ).catch(() => {})
    await send(mail('welcome', FIELDS.welcome, { recipient: 'ann@example.com, x@example.com' }), project, NOW).catch(
      () => {},
    )
    await smtp.stop()

    expect(smtp.received.length).toBeGreaterThanOrEqual(7)
    for (const { to, raw } of smtp.received) {
      const { headers, text, html } = readMail(raw)
      expect(to).toHaveLength(1)
      expect(to[0]).not.toMatch(/^(x|victim)@/)
      expect(Object.keys(headers)).not.toContain('bcc')
      expect(Object.keys(headers)).not.toContain('x')
      expect(headers['subject']).not.toMatch(/[\r\n\u202e]/)
      expect(html).not.toMatch(/<script>alert|<b>|<i>|"><b/)
      for (const odd of ['\u0000', '\u202e']) expect(text + html).not.toContain(odd)
    }
    expect(smtp.received.some(({ raw }) => readMail(raw).html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))).toBe(
      true,
    )
  })
})
