/** Mails on their way out: written from their row of the outbox, then sent by SMTP or laid into a folder as .eml files. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport, type SendMailOptions } from 'nodemailer'
import type { Context } from '../context.ts'
import { dashboardAddress } from '../core/project/dashboard-address.ts'
import { settingsOf } from '../core/project/settings.ts'
import type { Instant, Mail, Project } from '../db/schema.ts'
import { htmlOf, textOf } from './mail-body.ts'
import { writeLetter } from './mail-letter.ts'
import { plain, wordingFor } from './mail-wording.ts'

/** Sends one mail. @returns the file it was written to, where there is no SMTP server @throws what nodemailer throws */
export type Mailer = (mail: Mail, project: Project, now: Instant) => Promise<{ file?: string }>

type MailConfig = Pick<Context['config'], 'smtpUrl' | 'mailFrom' | 'publicUrl' | 'outboxFolder'> & {
  /** Opens what is sealed in the queue. */
  open: (sealed: string) => string
}

/** Less together than the minute after which another process may try the same mail. */
const TIMEOUTS = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 15_000 }

export function createMailer(config: MailConfig): Mailer {
  const { smtpUrl, outboxFolder } = config
  // A mail is made of what strangers typed: nothing in it may name a file or an address to read from.
  const closed = { disableFileAccess: true, disableUrlAccess: true }

  if (smtpUrl) {
    const smtp = createTransport({ url: smtpUrl, ...TIMEOUTS, ...closed })
    return async (mail, project, now) => {
      await smtp.sendMail(messageOf(mail, project, config, now))
      return {}
    }
  }
  const paper = createTransport({ streamTransport: true, buffer: true, newline: 'windows', ...closed })
  return async (mail, project, now) => {
    const { message } = await paper.sendMail(messageOf(mail, project, config, now))
    await mkdir(outboxFolder, { recursive: true, mode: 0o700 })
    const file = join(outboxFolder, `${mail.id}-${mail.template}.eml`)
    await writeFile(file, message as Buffer, { mode: 0o600 })
    return { file }
  }
}

export function messageOf(
  mail: Mail,
  project: Project,
  { mailFrom, publicUrl, open }: Pick<MailConfig, 'mailFrom' | 'publicUrl' | 'open'>,
  now: Instant,
): SendMailOptions & Record<'subject' | 'text' | 'html', string> {
  const settings = { ...settingsOf(project), dashboard_url: dashboardAddress(project, publicUrl) }
  const words = wordingFor(mail.language)
  const letter = writeLetter(mail.template, fieldsOf(mail, open), words, { project, settings, at: mail.created_at })
  return {
    from: mailFrom,
    // An object, because a text would be read as a list of addresses.
    to: { name: '', address: plain(mail.recipient) },
    subject: letter.subject,
    text: textOf(letter),
    html: htmlOf(letter, words, { project: plain(project.name), colour: settings.primary_color }),
    date: new Date(now),
    // The same for a repeated attempt, so that receivers can tell.
    messageId: `<mail-${mail.id}-${Date.parse(mail.created_at)}@${new URL(publicUrl).hostname}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': words.language },
    textEncoding: 'quoted-printable',
  }
}

function fieldsOf({ template, fields }: Mail, open: MailConfig['open']): unknown {
  const told = JSON.parse(fields) as { code: string }
  return template === 'login_code' ? { ...told, code: open(told.code) } : told
}
