/** Money that goes back to the buyer takes its share of the commissions with it, once, in any order and number of steps. */
import type { Conversion, Instant, Project, Refund, Tx } from '../../db/schema.ts'
import { changeCommission, commissionsOf, moveRelease } from './booking.ts'
import { announceCancel, announceUpdate } from './announce.ts'
import { lockConversion } from './lock.ts'
import { shareOf } from '../kit/money.ts'

/** One thing told about money going back; the same one again, or an older state of it, changes nothing. */
export type NewRefund = Pick<Refund, 'provider' | 'external_id' | 'amount' | 'reason' | 'occurred_at'> &
  Partial<Pick<Refund, 'kind' | 'state' | 'whole'>>

/**
 * Books a refund or a dispute. What is taken back in total is always the returned share of each commission, of both tiers,
 * rounded once over the whole: three thirds take exactly all, no sequence takes more, and what failed or was won comes back.
 * @returns false when nothing changed
 */
export async function recordRefund(
  tx: Tx,
  project: Project,
  conversionId: number,
  refund: NewRefund,
  now: Instant,
): Promise<boolean> {
  const conversion = await lockConversion(tx, conversionId)
  if (!(await remember(tx, conversion, refund, now))) return false

  const told = await tx.selectFrom('refund').selectAll().where('conversion_id', '=', conversionId).execute()
  await hold(
    tx,
    conversion,
    told.some(({ state }) => state === 'opened'),
    now,
  )
  const refunded = conversion.amount === null ? 0 : returned(conversion, told)
  const step = refunded - conversion.refunded
  if (step === 0) return true

  const row = await tx
    .updateTable('conversion')
    .set({ refunded, updated_at: now })
    .where('id', '=', conversionId)
    .returningAll()
    .executeTakeFirstOrThrow()
  const reason = refund.reason ?? (refund.kind === 'dispute' ? 'dispute' : 'refund')
  for (const commission of await commissionsOf(tx, conversionId)) {
    const taken_back = shareOf(commission.amount, refunded, conversion.amount ?? 0)
    await changeCommission(tx, commission, { taken_back }, reason, now)
  }
  if (step > 0) await announceCancel(tx, project, row, { refund: step, reason }, now)
  else await announceUpdate(tx, project, row, now)
  return true
}

/** How final a state is: a refund that failed stays failed, whichever message of it comes last. */
const FINALITY: Record<Refund['state'], number> = { pending: 0, opened: 0, done: 1, won: 1, lost: 1, undone: 2 }

/** @returns false when it was known already */
async function remember(tx: Tx, { id, project_id }: Conversion, refund: NewRefund, now: Instant): Promise<boolean> {
  const { provider, external_id, amount, reason, occurred_at, kind = 'refund', state = 'done', whole = null } = refund
  const inserted = await tx
    .insertInto('refund')
    .values({
      project_id,
      conversion_id: id,
      provider,
      external_id,
      kind,
      state,
      amount,
      whole,
      reason,
      occurred_at,
      created_at: now,
    })
    .onConflict((clash) => clash.columns(['project_id', 'provider', 'kind', 'external_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted) return true

  const known = await tx
    .selectFrom('refund')
    .selectAll()
    .where('project_id', '=', project_id)
    .where('provider', '=', provider)
    .where('kind', '=', kind)
    .where('external_id', '=', external_id)
    .executeTakeFirstOrThrow()
  if (!isNewer(known, { kind, state, amount, occurred_at })) return false
  await tx.updateTable('refund').set({ state, amount, whole, occurred_at }).where('id', '=', known.id).execute()
  return true
}

function isNewer(known: Refund, told: Pick<Refund, 'kind' | 'state' | 'amount' | 'occurred_at'>): boolean {
  if (told.kind === 'cumulative') return told.amount > known.amount
  // An appeal opens a decided dispute again, so that time decides, and at one moment the decision.
  if (told.kind === 'dispute' && told.occurred_at !== known.occurred_at) return told.occurred_at > known.occurred_at
  return FINALITY[told.state] > FINALITY[known.state]
}

/**
 * How much of the conversion's amount went back. A provider may tell each refund, their sum so far, or both: the larger
 * counts. A lost dispute comes on top; together never more than all.
 */
function returned(conversion: Conversion, told: Refund[]): number {
  const whole = conversion.amount ?? 0
  const gross = conversion.gross ?? whole
  // Shares are added before they are rounded, as long as they are of the same thing.
  const sum = (rows: Refund[]): number => {
    const groups = Map.groupBy(rows, (row) => row.whole ?? gross)
    return [...groups].reduce((total, [of, group]) => {
      const amount = Math.min(
        group.reduce((all, row) => all + row.amount, 0),
        of,
      )
      return total + (of > 0 ? shareOf(whole, amount, of) : 0)
    }, 0)
  }
  const steps = sum(told.filter(({ kind, state }) => kind === 'refund' && state === 'done'))
  // A sum never falls, not even when one of its refunds fails.
  const undone = sum(told.filter(({ kind, state }) => kind === 'refund' && state === 'undone'))
  const soFar = sum(told.filter(({ kind, state }) => kind === 'cumulative' && state === 'done')) - undone
  const lost = sum(told.filter(({ state }) => state === 'lost'))
  return Math.min(Math.max(steps, soFar) + lost, whole)
}

/** While a dispute is open, what the sale earned is held; afterwards it is released when it would have been. */
async function hold(tx: Tx, conversion: Conversion, disputed: boolean, now: Instant): Promise<void> {
  if (Boolean(conversion.disputed) === disputed) return
  await tx
    .updateTable('conversion')
    .set({ disputed: disputed ? 1 : 0 })
    .where('id', '=', conversion.id)
    .execute()
  for (const commission of await commissionsOf(tx, conversion.id)) await moveRelease(tx, commission, disputed, now)
}
