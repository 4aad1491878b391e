/** Mails between being queued and being sent: several processes may look, each attempt is claimed by one of them. */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Database, Db, Instant, Mail, Tx } from '../../db/schema.ts'
import { addHours, addMinutes } from '../kit/time.ts'

/** Minutes to wait after each failed attempt; the last one is final. */
const RETRY_MINUTES = [1, 5, 30, 120]
const ATTEMPTS = RETRY_MINUTES.length + 1
/** How long the last attempt may take before it is taken for lost. */
const LAST_MINUTES = 10

export type DueMail = Pick<Mail, 'id' | 'attempts'>

/** Login codes before everything else: somebody waits for them. */
export const dueMails = (db: Db, now: Instant, limit: number): Promise<DueMail[]> =>
  db
    .selectFrom('mail')
    .select(['id', 'attempts'])
    .where('next_attempt_at', '<=', now)
    .orderBy((eb) => eb.case().when('template', '=', 'login_code').then(0).else(1).end())
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .execute()

/**
 * Counts the attempt and plans the next one before this one is made: a process that dies in between leaves a mail that is
 * tried again later, at most as often as any other.
 * @returns undefined when another process has it, or when it was tried often enough
 */
export async function claimMail(tx: Tx, { id, attempts }: DueMail, now: Instant): Promise<Mail | undefined> {
  const exhausted = attempts >= ATTEMPTS
  const claimed = await tx
    .updateTable('mail')
    .set((eb) =>
      exhausted
        ? {
            status: 'failed',
            next_attempt_at: null,
            error: 'the last attempt did not come to an end',
            fields: withoutCode(eb),
          }
        : { attempts: attempts + 1, next_attempt_at: addMinutes(now, RETRY_MINUTES[attempts] ?? LAST_MINUTES) },
    )
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .where('next_attempt_at', '<=', now)
    .returningAll()
    .executeTakeFirst()
  return exhausted ? undefined : claimed
}

/** @returns false when the mail is gone: the person it was to was erased meanwhile */
export async function markMailSent(tx: Tx, { id }: Pick<Mail, 'id'>, now: Instant): Promise<boolean> {
  const sent = await tx
    .updateTable('mail')
    .set((eb) => ({ status: 'sent', next_attempt_at: null, error: null, sent_at: now, fields: withoutCode(eb) }))
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return sent !== undefined
}

/** Keeps the error; the next attempt was planned when this one was claimed. @returns whether it was the last one */
export async function markMailFailed(
  tx: Tx,
  { id, attempts }: DueMail,
  error: string,
  { final = false }: { final?: boolean } = {},
): Promise<{ last: boolean }> {
  const last = final || attempts >= ATTEMPTS
  await tx
    .updateTable('mail')
    .set((eb) => ({
      error: error.slice(0, 1000),
      ...(last && { status: 'failed' as const, next_attempt_at: null, fields: withoutCode(eb) }),
    }))
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute()
  return { last }
}

/** Removes mails with codes that are a day old: to join, anybody can have one sent to an address that never joins. */
export async function forgetCodeMails(tx: Tx, now: Instant): Promise<void> {
  await tx
    .deleteFrom('mail')
    // Written out, so that the index of these mails alone is used.
    .where('template', '=', sql.lit('login_code'))
    .where('created_at', '<', addHours(now, -24))
    .execute()
}

/** A login code that is not on its way any more is not kept, sealed or not. */
const withoutCode = (eb: ExpressionBuilder<Database, 'mail'>) =>
  eb.case().when('template', '=', 'login_code').then('{}').else(eb.ref('fields')).end()
