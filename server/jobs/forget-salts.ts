/** Salts of visitor hashes live for two days at most. */
import type { Context } from '../context.ts'
import { dayOf } from '../core/kit/time.ts'
import { forgetSalts } from '../core/click/visitor.ts'
import { retried } from '../db/retried.ts'

export const forgetOldSalts = ({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> =>
  retried(db, (tx) => forgetSalts(tx, dayOf(clock.now())))
