/** The mail outbox: a mail is queued in the transaction of what it tells; a job sends it. */
import type { Instant, Tx } from '../db/schema.ts'

export type MailTemplate = 'welcome' | 'new_commission' | 'payout' | 'login_code'

export interface NewMail {
  recipient: string
  template: MailTemplate
  /** A language tag; unknown ones become English when the mail is written. */
  language: string
  /** What the template says; money and dates come formatted by the template's language, so give amounts as { amount, currency } in minor units. */
  fields: Record<string, unknown>
  /** The same key again queues nothing: one mail for one fact. */
  once_key?: string
}

export async function queueMail(tx: Tx, projectId: number, mail: NewMail, now: Instant): Promise<void> {
  await tx
    .insertInto('mail')
    .values({
      project_id: projectId,
      recipient: mail.recipient,
      template: mail.template,
      language: mail.language,
      fields: JSON.stringify(mail.fields),
      once_key: mail.once_key ?? null,
      status: 'pending',
      next_attempt_at: now,
      error: null,
      created_at: now,
      sent_at: null,
    })
    .onConflict((clash) => clash.doNothing())
    .execute()
}
