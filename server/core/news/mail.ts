/** The mail outbox: a mail is queued in the transaction of what it tells; a job sends it. */
import type { Insertable } from 'kysely'
import type { Instant, MailTable, PayoutMethod, Project, Tx } from '../../db/schema.ts'
import type { CandidateKind } from '../kit/candidate-kind.ts'
import { prepared } from '../kit/prepared.ts'
import { settingsOf } from '../project/settings.ts'

/** Minor units of `currency`; the mail's language decides how it is written. */
export interface MailMoney {
  amount: number
  currency: string
}

/** What each template says. Links, the project's name and its colour come from the project when the mail is written. */
export interface MailFields {
  /** To an affiliate who joined. */
  welcome: { referral_code: string }
  new_commission: MailMoney & {
    /** Until when it is held; null when it is available at once. */
    held_until: Instant | null
    /** Why it is his: what the decision's winner was, and the code as it came; null where there was none. */
    reason: { kind: CandidateKind | 'second_tier'; code: string | null }
    /** What the customer paid; null for a signup. */
    sale: MailMoney | null
  }
  payout: MailMoney & {
    /** `manual`, or a rail's name. */
    method: string
  }
  /** To the owner: an affiliate asks to be paid. */
  payout_requested: MailMoney & {
    /** Their email. */
    affiliate: string
    /** Absent in mails that an earlier version queued, as in `application`. */
    affiliate_id?: number
    /** Where the money would go, as it may be shown. */
    account: Pick<PayoutMethod, 'kind' | 'masked'>
  }
  /** To the owner: somebody waits to be let in. What they told of themselves, where they were asked. */
  application: {
    affiliate: string
    affiliate_id?: number
    name: string | null
    company: string | null
    website: string | null
  }
  /** Not sent any more once it has expired. `code` is sealed as long as it is queued; `long`: it is not six digits. */
  login_code: { code: string; long: boolean; expires_at: Instant }
  /** To the owner. */
  webhook_disabled: {
    endpoint_id: number
    url: string
    /** What the endpoint answered last, as a short sentence. */
    reason: string
    failing_since: Instant
  }
}

export type MailTemplate = keyof MailFields

export type NewMail = { [Template in MailTemplate]: MailOf<Template> }[MailTemplate]

interface MailOf<Template extends MailTemplate> {
  recipient: string
  template: Template
  /** A language tag or an `Accept-Language` header; what is not translated becomes English when the mail is written. */
  language: string
  fields: MailFields[Template]
  /** The same key again queues nothing: one mail for one fact. */
  once_key?: string
}

/** What a project can switch off with `send_mails`; a login code is asked for, and the owner must hear of a dead endpoint. */
const OPTIONAL = new Set<MailTemplate>(['welcome', 'new_commission', 'payout'])

export async function queueMail(
  tx: Tx,
  project: Pick<Project, 'id' | 'settings'>,
  mail: NewMail,
  now: Instant,
): Promise<void> {
  if (OPTIONAL.has(mail.template) && !settingsOf(project).send_mails) return
  await insertMail(tx, {
    project_id: project.id,
    recipient: mail.recipient,
    template: mail.template,
    language: mail.language.slice(0, 100),
    fields: JSON.stringify(mail.fields),
    once_key: mail.once_key ?? null,
    status: 'pending',
    next_attempt_at: now,
    error: null,
    created_at: now,
    sent_at: null,
  })
}

const insertMail = prepared((tx, row: Insertable<MailTable>) =>
  tx
    .insertInto('mail')
    .values(row)
    .onConflict((clash) => clash.doNothing()),
)
