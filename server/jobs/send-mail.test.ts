/** The outbox is emptied: once each, again after a failure, never for ever, and silent about people. */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect } from 'vitest'
import { loadConfig } from '../config.ts'
import { type NewMail, queueMail } from '../core/news/mail.ts'
import { getProject } from '../core/project/project.ts'
import { claimMail, dueMails } from '../core/news/mail-queue.ts'
import { addMinutes } from '../core/kit/time.ts'
import { readMail, startSmtp } from '../test/mail.ts'
import { type Programme, withProgramme } from '../test/programme.ts'
import { sendMail } from './send-mail.ts'

const going = new AbortController().signal

/** What the job sees, and what it logs. */
function jobOf({ db, clock, sealer }: Programme, env: Record<string, string> = {}) {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-mail-'))
  const config = loadConfig({ DATABASE_URL: `sqlite:${folder}/refgrow.db`, ...env })
  return { context: { db, clock, sealer, config, log }, lines, outbox: join(folder, 'outbox') }
}

const welcome = (more: Partial<Extract<NewMail, { template: 'welcome' }>> = {}): NewMail => ({
  recipient: 'ann@example.com',
  template: 'welcome',
  language: 'en',
  fields: { referral_code: 'ANN' },
  ...more,
})

const queue = ({ db, projectId, clock }: Programme, mail: NewMail) =>
  db.transaction().execute(async (tx) => queueMail(tx, await getProject(tx, projectId), mail, clock.now()))

const rows = ({ db }: Programme) => db.selectFrom('mail').selectAll().orderBy('id').execute()

withProgramme('a queued mail is sent once, and one fact makes one mail', async (programme) => {
  const smtp = await startSmtp()
  const { context, lines } = jobOf(programme, { SMTP_URL: smtp.url })
  await queue(programme, welcome({ once_key: 'welcome 1' }))
  await queue(programme, welcome({ once_key: 'welcome 1' }))
  await sendMail(context, going)
  await sendMail(context, going)
  expect(smtp.received).toMatchObject([{ to: ['ann@example.com'], from: 'no-reply@localhost' }])
  expect(readMail(smtp.received[0]?.raw ?? '').text).toContain('https://shop.test/?ref=ANN')
  expect(await rows(programme)).toMatchObject([
    { status: 'sent', attempts: 1, next_attempt_at: null, sent_at: programme.clock.now(), error: null },
  ])
  expect(lines.join('')).toContain('mail sent')
  expect(lines.join('')).not.toMatch(/ann@|ANN/)
  await smtp.stop()
})

withProgramme('a failure is tried again after 1, 5, 30 and 120 minutes, then it is final', async (programme) => {
  const smtp = await startSmtp()
  smtp.answers.push(451, 550, 451, 451, 451)
  const { context, lines } = jobOf(programme, { SMTP_URL: smtp.url })
  await queue(programme, welcome())
  let now = programme.clock.now()
  for (const minutes of [1, 5, 30, 120]) {
    await sendMail(context, going)
    expect(await rows(programme)).toMatchObject([{ status: 'pending', next_attempt_at: addMinutes(now, minutes) }])
    await sendMail(context, going)
    now = addMinutes(now, minutes)
    programme.clock.set(now)
  }
  await sendMail(context, going)
  expect(await rows(programme)).toMatchObject([
    {
      status: 'failed',
      attempts: 5,
      next_attempt_at: null,
      sent_at: null,
      error: expect.stringContaining('ann@example.com'),
    },
  ])
  expect([smtp.answers, smtp.received]).toEqual([[], []])
  expect(lines.filter((line) => line.includes('failed')).map((line) => JSON.parse(line))).toMatchObject([
    { mail: 1, template: 'welcome', attempt: 1, response: 451, msg: 'mail failed; it is tried again' },
    { attempt: 2, response: 550 },
    { attempt: 3 },
    { attempt: 4 },
    { attempt: 5, msg: 'mail failed for good; its row says why' },
  ])
  expect(lines.join('')).not.toContain('ann@')
  await smtp.stop()
})

withProgramme('a second attempt may succeed', async (programme) => {
  const smtp = await startSmtp()
  smtp.answers.push(421)
  const { context } = jobOf(programme, { SMTP_URL: smtp.url })
  await queue(programme, welcome())
  await sendMail(context, going)
  programme.clock.set(addMinutes(programme.clock.now(), 1))
  await sendMail(context, going)
  expect(smtp.received).toHaveLength(1)
  expect(await rows(programme)).toMatchObject([{ status: 'sent', attempts: 2, error: null }])
  await smtp.stop()
})

withProgramme(
  'a process that dies while it sends leaves a mail that is tried again, but not for ever',
  async (programme) => {
    const { db, clock } = programme
    await queue(programme, welcome())
    let claims = 0
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const [due] = await dueMails(db, clock.now(), 1)
      if (due && (await db.transaction().execute((tx) => claimMail(tx, due, clock.now())))) claims += 1
      clock.set(addMinutes(clock.now(), 1))
      const [row] = await rows(programme)
      if (row?.status === 'failed') break
    }
    expect(claims).toBe(5)
    expect(await rows(programme)).toMatchObject([
      { status: 'failed', next_attempt_at: null, error: 'the last attempt did not come to an end' },
    ])
  },
)

withProgramme('several processes send each mail once', async (programme) => {
  const smtp = await startSmtp()
  const { context } = jobOf(programme, { SMTP_URL: smtp.url })
  for (let number = 1; number <= 30; number += 1)
    await queue(programme, welcome({ recipient: `partner${number}@example.com` }))
  await Promise.all([sendMail(context, going), sendMail(context, going), sendMail(context, going)])
  expect(smtp.received.flatMap(({ to }) => to).toSorted()).toEqual(
    Array.from({ length: 30 }, (_, index) => `partner${index + 1}@example.com`).toSorted(),
  )
  expect(new Set((await rows(programme)).map(({ status }) => status))).toEqual(new Set(['sent']))
  await smtp.stop()
})

withProgramme('a server that cannot be reached costs one mail an attempt, not all of them', async (programme) => {
  const { context, lines } = jobOf(programme, { SMTP_URL: 'smtp://127.0.0.1:9' })
  for (const recipient of ['ann@example.com', 'ben@example.com']) await queue(programme, welcome({ recipient }))
  await sendMail(context, going)
  expect((await rows(programme)).map(({ attempts }) => attempts)).toEqual([1, 0])
  expect(lines.join('')).not.toContain('@example.com')
})

withProgramme('without SMTP_URL the mails lie in files, and the log says so', async (programme) => {
  const { context, lines, outbox } = jobOf(programme)
  await queue(programme, welcome())
  await sendMail(context, going)
  expect(readdirSync(outbox)).toEqual(['1-welcome.eml'])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    mail: 1,
    template: 'welcome',
    file: join(outbox, '1-welcome.eml'),
    msg: 'SMTP_URL is not set: the mail lies in a file',
  })
  expect(await rows(programme)).toMatchObject([{ status: 'sent' }])
})

withProgramme('a login code goes first, is forgotten when sent, and not sent when it expired', async (programme) => {
  const smtp = await startSmtp()
  const { context, lines } = jobOf(programme, { SMTP_URL: smtp.url })
  const login = (code: string, expires_at: string): NewMail => ({
    recipient: 'ann@example.com',
    template: 'login_code',
    language: 'de-AT',
    fields: { code: programme.sealer.seal(code), long: false, expires_at },
  })
  const now = programme.clock.now()
  await queue(programme, welcome())
  await queue(programme, login('482913', addMinutes(now, 10)))
  await queue(programme, login('111111', now))
  await sendMail(context, going)
  expect(smtp.received.map(({ raw }) => readMail(raw).headers['subject'])).toEqual([
    '482913 ist Ihr Code für Acme',
    'Welcome to the Acme partner programme',
  ])
  expect(await rows(programme)).toMatchObject([
    { template: 'welcome', status: 'sent' },
    { template: 'login_code', status: 'sent', fields: '{}' },
    { template: 'login_code', status: 'failed', error: 'the code expired', fields: '{}' },
  ])
  expect(lines.join('')).not.toMatch(/482913|111111/)
  await smtp.stop()
})

withProgramme('a project that sends no mails still sends login codes and tells its owner', async (programme) => {
  await programme.set({ send_mails: false })
  await queue(programme, welcome())
  const { clock } = programme
  await queue(programme, {
    recipient: 'ann@example.com',
    template: 'login_code',
    language: 'en',
    fields: { code: '123456', long: false, expires_at: addMinutes(clock.now(), 10) },
  })
  await queue(programme, {
    recipient: 'owner@example.com',
    template: 'webhook_disabled',
    language: 'en',
    fields: { endpoint_id: 1, url: 'https://x.example', reason: 'HTTP 500', failing_since: clock.now() },
  })
  expect((await rows(programme)).map(({ template }) => template)).toEqual(['login_code', 'webhook_disabled'])
})

withProgramme('a mail that cannot be written stops no other', async (programme) => {
  const smtp = await startSmtp()
  const { context } = jobOf(programme, { SMTP_URL: smtp.url })
  await queue(programme, welcome())
  await programme.db.updateTable('mail').set({ template: 'newsletter' }).execute()
  await queue(programme, welcome({ recipient: 'ben@example.com' }))
  await sendMail(context, going)
  expect(smtp.received).toMatchObject([{ to: ['ben@example.com'] }])
  expect(await rows(programme)).toMatchObject([
    { status: 'pending', error: 'No mail template "newsletter"' },
    { status: 'sent' },
  ])
  await smtp.stop()
})
