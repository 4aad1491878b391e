/** Sends the mails that are due. The log names a mail by its row, never by whom it goes to or what it says. */
import { rm } from 'node:fs/promises'
import type { MailFields } from '../core/news/mail.ts'
import { claimMail, dueMails, markMailFailed, markMailSent } from '../core/news/mail-queue.ts'
import { getProject } from '../core/project/project.ts'
import type { Mail } from '../db/schema.ts'
import { createMailer, type Mailer } from '../outbound/mail.ts'
import type { JobContext } from './job.ts'
import { retried } from '../db/retried.ts'

const AT_ONCE = 20

type MailContext = Pick<JobContext, 'db' | 'clock' | 'config' | 'sealer' | 'log'>

export async function sendMail(context: MailContext, stop: AbortSignal): Promise<void> {
  const { db, clock, config, sealer } = context
  const send = createMailer({ ...config, open: (sealed) => sealer.open(sealed) })
  for (;;) {
    const due = await dueMails(db, clock.now(), AT_ONCE)
    for (const candidate of due) {
      if (stop.aborted) return
      const mail = await retried(db, (tx) => claimMail(tx, candidate, clock.now()))
      if (mail && (await attempt(context, send, mail)) === 'no server') return
    }
    if (due.length < AT_ONCE) return
  }
}

/** @returns 'no server' when it could not be reached: the next mail would fare no better */
async function attempt({ db, clock, log }: MailContext, send: Mailer, mail: Mail): Promise<'no server' | undefined> {
  const named = { mail: mail.id, template: mail.template }
  if (hasExpired(mail, clock.now())) {
    await retried(db, (tx) => markMailFailed(tx, mail, 'the code expired', { final: true }))
    log.warn(named, 'a login code expired before it could be sent')
    return undefined
  }
  try {
    const project = await retried(db, (tx) => getProject(tx, mail.project_id))
    const { file } = await send(mail, project, clock.now())
    const known = await retried(db, (tx) => markMailSent(tx, mail, clock.now()))
    if (file && !known) await rm(file, { force: true })
    if (file) log.info({ ...named, file }, 'SMTP_URL is not set: the mail lies in a file')
    else log.info(named, 'mail sent')
    return undefined
  } catch (error) {
    const { code, responseCode, message } = error as Error & { code?: string; responseCode?: number }
    const { last } = await retried(db, (tx) => markMailFailed(tx, mail, message))
    // The message may name the recipient: it stays in the database.
    log.warn(
      { ...named, attempt: mail.attempts, code, response: responseCode },
      last ? 'mail failed for good; its row says why' : 'mail failed; it is tried again',
    )
    return code && UNREACHABLE.has(code) ? 'no server' : undefined
  }
}

const UNREACHABLE = new Set(['ECONNECTION', 'ETIMEDOUT', 'EDNS', 'ESOCKET', 'EAUTH', 'ETLS', 'EPROXY'])

function hasExpired({ template, fields }: Mail, now: string): boolean {
  return template === 'login_code' && (JSON.parse(fields) as MailFields['login_code']).expires_at <= now
}
