/** Today's visitor hash; the salt is read once a day and then kept in memory. */
import type { Context } from '../../context.ts'
import { saltOf, visitorHash } from '../../core/click/visitor.ts'
import { dayOf } from '../../core/kit/time.ts'
import type { Day, Instant } from '../../db/schema.ts'
import { retried } from '../../db/retried.ts'

export type HashVisitor = (now: Instant, projectId: number, ip: string, userAgent: string) => string | Promise<string>

interface Today {
  day: Day
  /** Once it was read. */
  salt?: string
  reading: Promise<string>
}

/** Answers at once on all but the first calls of a day, which wait together for one look into the database. */
export function createVisitorHasher({ db }: Pick<Context, 'db'>): HashVisitor {
  let today: Today | undefined

  function read(day: Day): Today {
    const reading = retried(db, (tx) => saltOf(tx, day))
    const begun: Today = { day, reading }
    reading.then(
      (salt) => (begun.salt = salt),
      () => today === begun && (today = undefined),
    )
    return begun
  }

  return (now, projectId, ip, userAgent) => {
    const day = dayOf(now)
    if (today?.day !== day) today = read(day)
    if (today.salt !== undefined) return visitorHash(today.salt, projectId, ip, userAgent)
    return today.reading.then((salt) => visitorHash(salt, projectId, ip, userAgent))
  }
}
