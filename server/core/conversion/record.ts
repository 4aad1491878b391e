/**
 * Recording what happened: a signup, a purchase or a custom event is attributed, stored with its why-trail, and, when it is
 * approved, earns its affiliate a commission. All of it in the caller's transaction, or none.
 */
import type { Insertable } from 'kysely'
import type { Commission, Conversion, ConversionTable, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { attribute, type Candidate, circumstancesOf, type Clues, type Decision, whyNot } from './attribution.ts'
import { findCandidates } from './candidates.ts'
import type { Earned, NotEarned } from '../terms/commission.ts'
import { bookCommission } from './booking.ts'
import { type Booked, mailCommissions } from './commission-mail.ts'
import { confirmClaim } from './confirm.ts'
import { announce, firstEventOf } from './announce.ts'
import { claimKeys, keysOf } from './sale-key.ts'
import { lockAffiliates } from '../affiliate/lock.ts'
import { MetAnother } from '../kit/errors.ts'
import type { WebhookEvent } from '../news/feed.ts'
import { raiseLevel } from '../terms/level.ts'
import { prepared } from '../kit/prepared.ts'
import { inNewCurrency, inProjectCurrency } from './currency.ts'
import { type Advance, advanceReferral, lockReferral } from './referral.ts'
import { adoptKey, findTwin } from './twin.ts'
import { rewards } from './reward.ts'
import { countLast, type Counter } from '../affiliate/counters.ts'
import { type Settings, settingsOf } from '../project/settings.ts'
import { dayOf } from '../kit/time.ts'

export interface NewConversion {
  /** `signup`, `purchase`, or a name of the company's own. */
  type: string
  email: string | null
  /** Minor units of `currency`: what the commission is computed on. */
  amount: number | null
  currency: string | null
  /** The company's own id of the order. */
  reference: string | null
  coupon_code: string | null
  url: string | null
  source: Conversion['source']
  provider: string | null
  /** The provider's id of the money fact (invoice, payment): one conversion each. */
  external_id: string | null
  /** All ids the provider gave the sale: any of them, reported from another side, means the same one. */
  payment_ids?: string[]
  /** Further addresses of the buyer, such as the one the provider knew the customer under before. */
  other_emails?: (string | null)[]
  /** The browser's id of the call: a repeated call is the same conversion. */
  idempotency_key: string | null
  clues: Clues
  occurred_at: Instant
  product_id?: string | null
  payment_kind?: Conversion['payment_kind']
  /** Minor units of `currency`, with tax and shipping; absent: `amount`. */
  gross?: number | null
  /** The provider's ids of the buyer and their subscription. */
  customer_id?: string | null
  subscription_id?: string | null
  /** The commission, minor units of `currency`: only a call with a secret key may give it. */
  given_commission?: number | undefined
}

export interface Recorded {
  /** confirmed: a purchase the browser had reported was confirmed by a trusted source. */
  outcome: 'recorded' | 'confirmed' | 'duplicate' | 'rejected'
  conversion: Conversion | null
  /** What it earned on the first tier, when it was recorded. */
  commission?: Commission | null
}

/** The stored why-trail: the attribution, and what it earned or why nothing. */
export type WhyTrail = Decision & {
  commission: Earned | NotEarned | { reason: 'not_attributed' | 'not_confirmed' | 'not_approved' }
  second_tier?: (Earned & { affiliate_id: number }) | undefined
}

/** Records a conversion once, however often and from however many sides it is reported. */
export async function recordConversion(
  tx: Tx,
  project: Project,
  report: NewConversion,
  now: Instant,
): Promise<Recorded> {
  const settings = settingsOf(project)
  const approval = approvalOf(settings, report)
  if (approval.status === 'reject') return { outcome: 'rejected', conversion: null }

  const referral = report.email ? await lockReferral(tx, project.id, report.email, now) : null
  const twin = await findTwin(tx, project.id, report, referral)
  if (twin && report.source === 'browser') return { outcome: 'duplicate', conversion: await adoptKey(tx, twin, report) }
  if (twin && twin.source !== 'browser') return { outcome: 'duplicate', conversion: twin }

  // Spec: a conversion made by API is told twice, as a sale and as an update.
  const also: WebhookEvent[] = report.source === 'api' ? ['referral_updated'] : []
  const money = await inProjectCurrency(tx, project, report)
  const given_commission = inNewCurrency(report, money)
  const facts = { ...report, ...money, given_commission, status: approval.status, status_reason: approval.reason }
  const judged = await judge(tx, project, facts, referral, approval.status)
  if (twin) {
    const conversion = await confirmClaim(tx, project, twin, facts, judged, referral, also, now)
    return { outcome: 'confirmed', conversion }
  }

  const [conversion] = await insertConversion(tx, {
    project_id: project.id,
    type: report.type,
    affiliate_id: judged.affiliate?.id ?? null,
    referral_id: referral?.id ?? null,
    link_id: judged.trail.winner?.link_id ?? null,
    status: approval.status,
    status_reason: approval.reason,
    reference: report.reference,
    coupon_code: report.coupon_code,
    url: report.url,
    source: report.source,
    provider: report.provider,
    external_id: report.external_id,
    idempotency_key: report.idempotency_key,
    decision: JSON.stringify(judged.trail),
    product_id: report.product_id ?? null,
    payment_kind: report.payment_kind ?? null,
    customer_id: report.customer_id ?? null,
    subscription_id: report.subscription_id ?? null,
    gross: report.gross ?? null,
    ...money,
    occurred_at: report.occurred_at,
    created_at: now,
    updated_at: null,
    deleted_at: null,
  })
  if (!conversion) throw new MetAnother('The same sale was recorded meanwhile')
  await claimKeys(tx, conversion, keysOf(report, referral))

  const commission = await settle(tx, project, conversion, judged, referral, now, also)
  return { outcome: 'recorded', conversion, commission }
}

const insertConversion = prepared((tx, row: Insertable<ConversionTable>) =>
  tx
    .insertInto('conversion')
    .values(row)
    .onConflict((clash) => clash.doNothing())
    .returningAll(),
)

interface Approval {
  status: 'approved' | 'pending' | 'reject'
  reason: string | null
}

/** A browser can claim anything: its purchases wait for a confirmation unless the project says otherwise. */
function approvalOf({ browser_purchases, approval }: Settings, report: NewConversion): Approval {
  const byBrowser = report.source === 'browser' && report.type === 'purchase'
  if (byBrowser && browser_purchases === 'reject') return { status: 'reject', reason: null }
  if (byBrowser && browser_purchases === 'pending')
    return { status: 'pending', reason: 'reported by the browser, not confirmed yet' }
  if (approval === 'manual' && report.type === 'purchase' && report.source !== 'api')
    return { status: 'pending', reason: "waits for the owner's approval" }
  return { status: 'approved', reason: null }
}

export interface Judged {
  trail: WhyTrail
  affiliate: Candidate['affiliate']
  /** When the click behind a browser's word was made. */
  clicked_at: Instant | null
  /** What a browser claimed of this person before still counts. */
  claim_stands: boolean
}

type Judgeable = Pick<NewConversion, 'source' | 'clues' | 'email' | 'other_emails'> & Parameters<typeof rewards>[1]

/** @param except a conversion that is judged again, which is no earlier purchase of itself */
export async function judge(
  tx: Tx,
  project: Project,
  report: Judgeable,
  referral: Referral | null,
  approval: Approval['status'],
  except?: number,
): Promise<Judged> {
  const candidates = await findCandidates(tx, project.id, report, referral)
  const { notes } = report.clues
  const about = { id: project.id, settings: settingsOf(project) }
  const emails = [report.email, ...(report.other_emails ?? [])]
  const circumstances = circumstancesOf(about, referral, emails, report.occurred_at)
  const decision = { ...attribute(candidates, circumstances), ...(notes?.length && { notes }) }
  const affiliate =
    candidates.find((candidate) => candidate.affiliate?.id === decision.winner?.affiliate_id)?.affiliate ?? null
  const known = {
    affiliate,
    clicked_at: candidates.find(({ kind, flaw }) => kind === 'click' && !flaw)?.clicked_at ?? null,
    claim_stands: candidates.some((one) => one.kind === 'email' && !one.proven && !whyNot(one, circumstances)),
  }
  if (!affiliate) return { trail: { ...decision, commission: { reason: 'not_attributed' } }, ...known }
  if (approval !== 'approved') {
    const reason = report.source === 'browser' ? 'not_confirmed' : 'not_approved'
    return { trail: { ...decision, commission: { reason } }, ...known }
  }
  return { trail: { ...decision, ...(await rewards(tx, report, affiliate, referral, except)) }, ...known }
}

/**
 * Counts an approved conversion, moves the referral on, books what it earned, and tells the world.
 * @param also further events to tell, whatever became of it
 * @returns the commission of the first tier
 */
export async function settle(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  judged: Judged,
  referral: Referral | null,
  now: Instant,
  also: WebhookEvent[] = [],
): Promise<Commission | null> {
  const { affiliate, trail } = judged
  const approved = conversion.status === 'approved'
  if (referral) await advanceReferral(tx, referral, advanceOf(conversion, judged), now)
  const earns = approved && affiliate
  const commission = earns ? await book(tx, project, conversion, { affiliate, trail }, now) : null
  const events = [...(earns ? firstEventOf(conversion) : []), ...also]
  await announce(tx, project, conversion, { affiliate, referral, commission }, events, now)
  return commission
}

/** What the owner approved by hand is proven, whoever reported it. */
export function advanceOf(conversion: Conversion, { trail: { winner }, clicked_at, claim_stands }: Judged): Advance {
  const reviewed = conversion.reviewed_at !== null
  return {
    type: conversion.type,
    settled: conversion.status === 'approved',
    browser: conversion.source === 'browser' && !reviewed,
    winner: winner && reviewed ? { ...winner, proven: true } : winner,
    clicked_at,
    claim_stands,
  }
}

async function book(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  { affiliate, trail }: Pick<Judged, 'trail'> & { affiliate: NonNullable<Judged['affiliate']> },
  now: Instant,
): Promise<Commission | null> {
  await countConversion(tx, conversion, 1)
  const booked: Booked[] = []
  if (trail.second_tier) await lockAffiliates(tx, [affiliate.id, trail.second_tier.affiliate_id])
  if ('amount' in trail.commission) {
    const commission = await bookCommission(tx, conversion, affiliate.id, 1, trail.commission, now)
    booked.push({ commission, to: affiliate })
  }
  if (trail.second_tier) {
    const { affiliate_id, ...earned } = trail.second_tier
    const to = await tx
      .selectFrom('affiliate')
      .select(['email', 'language'])
      .where('id', '=', affiliate_id)
      .executeTakeFirstOrThrow()
    booked.push({ commission: await bookCommission(tx, conversion, affiliate_id, 2, earned, now), to })
  }
  await mailCommissions(tx, project, conversion, trail, booked, now)
  if (conversion.type === 'purchase') await raiseLevel(tx, affiliate, now)
  return booked.find(({ commission }) => commission.tier === 1)?.commission ?? null
}

/** Adds an approved conversion to its affiliate's counts, or takes it out again. */
export async function countConversion(tx: Tx, conversion: Conversion, times: 1 | -1): Promise<void> {
  if (conversion.affiliate_id === null) return
  await countLast(tx, [
    {
      project_id: conversion.project_id,
      affiliate_id: conversion.affiliate_id,
      day: dayOf(conversion.occurred_at),
      counter: counterOf(conversion.type),
      times,
    },
  ])
}

const counterOf = (type: string): Counter =>
  type === 'signup' ? 'signups' : type === 'purchase' ? 'purchases' : 'other_events'
