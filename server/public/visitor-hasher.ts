/** Today's visitor hash; the salt is read once a day and then kept in memory. */
import type { Context } from '../context.ts'
import { saltOf, visitorHash } from '../core/visitor.ts'
import { dayOf } from '../core/time.ts'
import type { Day, Instant } from '../db/schema.ts'
import { retried } from '../db/retried.ts'

export type HashVisitor = (now: Instant, projectId: number, ip: string, userAgent: string) => string | Promise<string>

/** Answers at once on all but the first call of a day. */
export function createVisitorHasher({ db }: Pick<Context, 'db'>): HashVisitor {
  let salt: { day: Day; value: string } | undefined
  return (now, projectId, ip, userAgent) => {
    const day = dayOf(now)
    if (salt?.day === day) return visitorHash(salt.value, projectId, ip, userAgent)
    return retried(db, (tx) => saltOf(tx, day)).then((value) => {
      salt = { day, value }
      return visitorHash(value, projectId, ip, userAgent)
    })
  }
}
