/** Answers stored under an Idempotency-Key live for a day, counters of rate limits for their window. */
import type { Context } from '../context.ts'
import { forgetWindows } from '../core/kit/rate-window.ts'
import { forgetAnswers } from '../core/project/stored-answer.ts'
import { addHours } from '../core/kit/time.ts'
import { retried } from '../db/retried.ts'

export const forgetAnswersAndWindows = ({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> =>
  retried(db, async (tx) => {
    const now = clock.now()
    await forgetAnswers(tx, now)
    // The longest window is a day.
    await forgetWindows(tx, addHours(now, -25))
  })
