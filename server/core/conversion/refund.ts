/** Money that goes back to the buyer takes its share of the commissions with it, once, in any order and number of steps. */
import type { Conversion, Instant, Project, Refund, Tx } from '../../db/schema.ts'
import { lockConversion } from './lock.ts'
import { shareOf } from '../kit/money.ts'
import { transition } from './transition.ts'

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
  const before = await lockConversion(tx, conversionId)
  const refund_id = await remember(tx, before, refund, now)
  if (refund_id === undefined) return false

  const known = await tx.selectFrom('refund').selectAll().where('conversion_id', '=', conversionId).execute()
  const refunded = before.amount === null ? 0 : returned(before, known)
  const disputed = known.some(({ state }) => state === 'opened') ? 1 : 0
  const step = refunded - before.refunded
  const isDispute = refund.kind === 'dispute'
  const reason = refund.reason ?? (isDispute ? 'dispute' : 'refund')
  const kind = step > 0 ? 'refunded' : step < 0 ? 'refund_undone' : disputed ? 'dispute_opened' : 'dispute_closed'
  const note = step !== 0 ? reason : disputed ? 'held: dispute' : 'dispute decided'
  await transition(
    tx,
    project,
    before,
    { ...before, refunded, disputed },
    { kind, note, refund_id, refund: step, reason, requested: step < 0 },
    now,
  )
  return true
}

/** How final a state is: a refund that failed stays failed, whichever message of it comes last. */
const FINALITY: Record<Refund['state'], number> = { pending: 0, opened: 0, done: 1, won: 1, lost: 1, undone: 2 }

/** @returns its row, or undefined when it was known already */
async function remember(
  tx: Tx,
  { id, project_id }: Conversion,
  refund: NewRefund,
  now: Instant,
): Promise<number | undefined> {
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
  if (inserted) return inserted.id

  const known = await tx
    .selectFrom('refund')
    .selectAll()
    .where('project_id', '=', project_id)
    .where('provider', '=', provider)
    .where('kind', '=', kind)
    .where('external_id', '=', external_id)
    .executeTakeFirstOrThrow()
  if (!isNewer(known, { kind, state, amount, occurred_at })) return undefined
  await tx.updateTable('refund').set({ state, amount, whole, occurred_at }).where('id', '=', known.id).execute()
  return known.id
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
