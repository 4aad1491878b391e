/**
 * The one transition of a conversion. Whatever happens to it (recorded, confirmed, approved, denied, corrected, reassigned,
 * refunded, disputed, deleted, told late), nothing else books a commission, counts a conversion or tells of one: the books are
 * brought to what its tiers are entitled to, the counters move by the difference of the two states, and one event follows.
 */
import type { Conversion, Instant, Project, Tx } from '../../db/schema.ts'
import { lockAffiliates } from '../affiliate/lock.ts'
import { countLast } from '../affiliate/counters.ts'
import { prepared } from '../kit/prepared.ts'
import { dayOf } from '../kit/time.ts'
import type { WebhookEvent } from '../news/feed.ts'
import { raiseLevel } from '../terms/level.ts'
import { announce, type ConversionEvent, type Told } from './announce.ts'
import { book, type Booked } from './booking.ts'
import type { Cause } from './cause.ts'
import { mailCommissions } from './commission-mail.ts'
import { counterOf, counts, type Entitlement, entitlements } from './entitlement.ts'

export interface Step extends Cause, Told {
  /** Somebody asked for the change, and hears of it also where it touches no money. */
  requested?: boolean
}

/**
 * Takes a conversion, which its caller has locked, from one state to the next.
 * @param before as it is stored; null: `after` was stored just now
 * @param after as it is to be; its `decision` says what it earns
 * @returns the conversion as it is stored, and its commissions
 */
export async function transition(
  tx: Tx,
  project: Project,
  before: Conversion | null,
  after: Conversion,
  step: Step,
  now: Instant,
): Promise<{ conversion: Conversion; commissions: Booked[] }> {
  const conversion = before ? await store(tx, before, after, now) : after
  const wanted = await ofLiving(tx, entitlements(conversion))
  if (wanted.length > 1)
    await lockAffiliates(
      tx,
      wanted.map(({ affiliate_id }) => affiliate_id),
    )
  const commissions = before === null && wanted.length === 0 ? [] : await book(tx, conversion, wanted, step, now)
  await recount(tx, before, conversion)

  const events = eventsOf(before, conversion, step, commissions)
  if (events.length > 0) await announce(tx, project, conversion, commissions, events, step, now)
  const gained = commissions.filter(({ isNew }) => isNew)
  if (gained.length > 0)
    await mailCommissions(
      tx,
      project,
      conversion,
      gained.map(({ commission }) => commission),
      now,
    )
  if (conversion.type === 'purchase' && counts(conversion) && !(before && counts(before)))
    await raiseLevel(tx, conversion.affiliate_id as number, now)
  return { conversion, commissions }
}

/** Whoever invited the seller may be gone since; the seller's own deletion takes the conversion from them. */
async function ofLiving(tx: Tx, wanted: Entitlement[]): Promise<Entitlement[]> {
  const second = wanted.find(({ tier }) => tier === 2)
  if (!second) return wanted
  const [gone] = await selectGone(tx, { id: second.affiliate_id })
  return gone ? wanted.filter((one) => one !== second) : wanted
}

const selectGone = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('affiliate').select('id').where('id', '=', id).where('deleted_at', 'is not', null),
)

/** One event at most, and the true one; a conversion made or changed by a caller tells `referral_updated` as well. */
function eventsOf(before: Conversion | null, after: Conversion, step: Step, commissions: Booked[]): ConversionEvent[] {
  const [was, is] = [before !== null && counts(before), counts(after)]
  const also: WebhookEvent[] = step.requested ? ['referral_updated'] : []
  if (!was && is) return [firstEventOf(after), ...also]
  if (was && !is) return ['referral_canceled']
  if (was && (step.refund ?? 0) > 0) return ['referral_canceled']
  if (was && (step.requested || moved(before as Conversion, after, commissions))) return ['referral_updated']
  return also
}

const moved = (before: Conversion, after: Conversion, commissions: Booked[]): boolean =>
  !isCountedAlike(before, after) || commissions.some(({ changed }) => changed)

/** The feed alone tells of events that the company named itself. */
const firstEventOf = ({ type }: Conversion): ConversionEvent =>
  type === 'signup' ? 'referral_signed_up' : type === 'purchase' ? 'referral_converted' : 'custom_event_recorded'

async function recount(tx: Tx, before: Conversion | null, after: Conversion): Promise<void> {
  const was = before && counts(before) ? before : null
  const is = counts(after) ? after : null
  if (was && is && isCountedAlike(was, is)) return
  await countLast(tx, [...(was ? [{ ...counted(was), times: -1 as const }] : []), ...(is ? [counted(is)] : [])])
}

const isCountedAlike = (a: Conversion, b: Conversion): boolean =>
  a.affiliate_id === b.affiliate_id && counterOf(a) === counterOf(b) && dayOf(a.occurred_at) === dayOf(b.occurred_at)

const counted = (conversion: Conversion) => ({
  project_id: conversion.project_id,
  affiliate_id: conversion.affiliate_id as number,
  day: dayOf(conversion.occurred_at),
  counter: counterOf(conversion),
})

/** Writes what differs. */
async function store(tx: Tx, before: Conversion, after: Conversion, now: Instant): Promise<Conversion> {
  const columns = Object.keys(before) as (keyof Conversion)[]
  const different = columns.filter((column) => before[column] !== after[column] && column !== 'id')
  if (different.length === 0) return after
  const change = Object.fromEntries(different.map((column) => [column, after[column]]))
  const [stored] = await updateConversion(
    tx,
    { id: before.id, change: { ...change, updated_at: now } },
    different.join(),
  )
  return stored as Conversion
}

const updateConversion = prepared((tx, { id, change }: { id: number; change: Partial<Conversion> }) =>
  tx.updateTable('conversion').set(change).where('id', '=', id).returningAll(),
)
