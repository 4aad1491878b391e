/** Login codes live for minutes, their mails for a day, log-ins until they are revoked or were not used for 90 days; then nothing of them is kept. */
import type { Context } from '../context.ts'
import { forgetSessions } from '../core/affiliate/session.ts'
import { forgetLoginCodes } from '../core/affiliate/login-code.ts'
import { forgetCodeMails } from '../core/news/mail-queue.ts'
import { retried } from '../db/retried.ts'

export const forgetLogins = ({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> =>
  retried(db, async (tx) => {
    await forgetLoginCodes(tx, clock.now())
    await forgetSessions(tx, clock.now())
    await forgetCodeMails(tx, clock.now())
  })
