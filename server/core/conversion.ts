/**
 * Recording what happened: a signup, a purchase or a custom event is attributed, stored with its why-trail, and, when it is
 * approved, earns its affiliate a commission. All of it in the caller's transaction, or none.
 */
import type { Conversion, Instant, Project, Referral, Tx } from '../db/schema.ts'
import { attribute, type Candidate, type Clues, type Decision, findCandidates } from './attribution.ts'
import { commissionFor, type Earned, type NotEarned, ruleOf } from './commission.ts'
import { post } from './ledger.ts'
import { advanceReferral, lockReferral } from './referral.ts'
import { count, type Counter } from './rollup.ts'
import { settingsOf } from './settings.ts'
import { addHours, dayOf } from './time.ts'

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
  /** The browser's id of the call: a repeated call is the same conversion. */
  idempotency_key: string | null
  clues: Clues
  occurred_at: Instant
}

export interface Recorded {
  /** confirmed: a purchase the browser had reported was confirmed by a trusted source. */
  outcome: 'recorded' | 'confirmed' | 'duplicate' | 'rejected'
  conversion: Conversion | null
}

/** The stored why-trail: the attribution, and what it earned or why nothing. */
export type WhyTrail = Decision & { commission: Earned | NotEarned | { reason: 'not_attributed' | 'not_confirmed' } }

/** The browser's report of a purchase and the provider's event about it lie at most this far apart. */
const SAME_PURCHASE_HOURS = 24

/** Records a conversion once, however often and from however many sides it is reported. */
export async function recordConversion(
  tx: Tx,
  project: Project,
  report: NewConversion,
  now: Instant,
): Promise<Recorded> {
  const approval = approvalOf(project, report)
  if (approval === 'reject') return { outcome: 'rejected', conversion: null }

  const referral = report.email ? await lockReferral(tx, project.id, report.email, now) : null
  const twin = await findTwin(tx, project.id, report, referral)
  if (twin && report.source === 'browser') return { outcome: 'duplicate', conversion: await adoptKey(tx, twin, report) }
  if (twin && twin.source !== 'browser') return { outcome: 'duplicate', conversion: twin }

  const judged = await judge(tx, project.id, report, referral, approval)
  if (twin) return { outcome: 'confirmed', conversion: await confirm(tx, twin, report, judged, referral, now) }

  const conversion = await tx
    .insertInto('conversion')
    .values({
      project_id: project.id,
      type: report.type,
      affiliate_id: judged.affiliate?.id ?? null,
      referral_id: referral?.id ?? null,
      link_id: judged.trail.winner?.link_id ?? null,
      status: approval,
      status_reason: approval === 'pending' ? REPORTED_BY_BROWSER : null,
      amount: report.amount,
      currency: report.currency,
      reference: report.reference,
      coupon_code: report.coupon_code,
      url: report.url,
      source: report.source,
      provider: report.provider,
      external_id: report.external_id,
      idempotency_key: report.idempotency_key,
      once_key: report.type === 'signup' && referral ? `signup ${referral.id}` : null,
      decision: JSON.stringify(judged.trail),
      occurred_at: report.occurred_at,
      created_at: now,
    })
    .onConflict((clash) => clash.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!conversion) return { outcome: 'duplicate', conversion: null }

  await settle(tx, conversion, judged, referral, now)
  return { outcome: 'recorded', conversion }
}

const REPORTED_BY_BROWSER = 'reported by the browser, not confirmed yet'

/** A browser can claim anything: its purchases wait for a confirmation unless the project says otherwise. */
function approvalOf(project: Project, report: NewConversion): 'approved' | 'pending' | 'reject' {
  if (report.source !== 'browser' || report.type !== 'purchase') return 'approved'
  const policy = settingsOf(project).browser_purchases
  return policy === 'accept' ? 'approved' : policy
}

/** The same fact reported before: by its own ids, or the same person's purchase of the same amount from the other side. */
async function findTwin(
  tx: Tx,
  projectId: number,
  report: NewConversion,
  referral: Referral | null,
): Promise<Conversion | undefined> {
  const { reference, external_id, idempotency_key } = report
  const sameIds = await tx
    .selectFrom('conversion')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) =>
      eb.or([
        ...(reference ? [eb.and([eb('type', '=', report.type), eb('reference', '=', reference)])] : []),
        ...(idempotency_key ? [eb('idempotency_key', '=', idempotency_key)] : []),
        ...(external_id ? [eb.and([eb('provider', '=', report.provider), eb('external_id', '=', external_id)])] : []),
        ...(external_id ? [eb.and([eb('type', '=', report.type), eb('reference', '=', external_id)])] : []),
        ...(report.type === 'signup' && referral ? [eb('once_key', '=', `signup ${referral.id}`)] : []),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  if (sameIds || !referral || report.type !== 'purchase') return sameIds

  const fromBrowser = report.source === 'browser'
  return tx
    .selectFrom('conversion')
    .selectAll()
    .where('referral_id', '=', referral.id)
    .where('type', '=', 'purchase')
    .where('amount', '=', report.amount)
    .where('currency', '=', report.currency)
    .where('occurred_at', '>=', addHours(report.occurred_at, -SAME_PURCHASE_HOURS))
    .where('occurred_at', '<=', addHours(report.occurred_at, SAME_PURCHASE_HOURS))
    .where('source', fromBrowser ? '<>' : '=', 'browser')
    .where(fromBrowser ? 'idempotency_key' : 'external_id', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** A trusted conversion remembers the browser's call about it, so that the next such call is about another purchase. */
async function adoptKey(tx: Tx, twin: Conversion, report: NewConversion): Promise<Conversion> {
  if (twin.idempotency_key !== null || report.idempotency_key === null) return twin
  await tx
    .updateTable('conversion')
    .set({ idempotency_key: report.idempotency_key })
    .where('id', '=', twin.id)
    .execute()
  return { ...twin, idempotency_key: report.idempotency_key }
}

interface Judged {
  trail: WhyTrail
  affiliate: Candidate['affiliate']
}

async function judge(
  tx: Tx,
  projectId: number,
  report: NewConversion,
  referral: Referral | null,
  approval: 'approved' | 'pending',
): Promise<Judged> {
  const candidates = await findCandidates(tx, projectId, report.clues, referral)
  const decision = attribute(candidates, report.email)
  const affiliate =
    candidates.find((candidate) => candidate.affiliate?.id === decision.winner?.affiliate_id)?.affiliate ?? null
  if (!affiliate) return { trail: { ...decision, commission: { reason: 'not_attributed' } }, affiliate }
  if (approval === 'pending') return { trail: { ...decision, commission: { reason: 'not_confirmed' } }, affiliate }
  return {
    trail: { ...decision, commission: commissionFor(await ruleOf(tx, affiliate.campaign_id), report) },
    affiliate,
  }
}

/** Turns the browser's claim into a fact. A claim that was accepted and paid before is not paid again. */
async function confirm(
  tx: Tx,
  claim: Conversion,
  report: NewConversion,
  judged: Judged,
  referral: Referral | null,
  now: Instant,
): Promise<Conversion> {
  const settledBefore = claim.status === 'approved'
  const proof = {
    source: report.source,
    provider: report.provider,
    external_id: report.external_id,
    reference: claim.reference ?? report.reference,
  }
  const facts = settledBefore
    ? proof
    : {
        ...proof,
        status: 'approved' as const,
        status_reason: null,
        amount: report.amount,
        currency: report.currency,
        coupon_code: report.coupon_code ?? claim.coupon_code,
        affiliate_id: judged.affiliate?.id ?? null,
        link_id: judged.trail.winner?.link_id ?? claim.link_id,
        decision: JSON.stringify(judged.trail),
        occurred_at: report.occurred_at,
      }
  const conversion = await tx
    .updateTable('conversion')
    .set(facts)
    .where('id', '=', claim.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (!settledBefore) await settle(tx, conversion, judged, referral, now)
  return conversion
}

/** Counts an approved conversion, moves the referral on, and books what it earned. */
async function settle(
  tx: Tx,
  conversion: Conversion,
  judged: Judged,
  referral: Referral | null,
  now: Instant,
): Promise<void> {
  const approved = conversion.status === 'approved'
  if (referral)
    await advanceReferral(
      tx,
      referral,
      { affiliate_id: judged.affiliate?.id ?? null, type: conversion.type, settled: approved },
      now,
    )
  if (!approved || conversion.affiliate_id === null) return

  await count(tx, [
    {
      project_id: conversion.project_id,
      affiliate_id: conversion.affiliate_id,
      day: dayOf(conversion.occurred_at),
      counter: counterOf(conversion.type),
    },
  ])
  if ('amount' in judged.trail.commission)
    await earn(tx, conversion, conversion.affiliate_id, judged.trail.commission, now)
}

const counterOf = (type: string): Counter =>
  type === 'signup' ? 'signups' : type === 'purchase' ? 'purchases' : 'other_events'

async function earn(tx: Tx, conversion: Conversion, affiliateId: number, earned: Earned, now: Instant): Promise<void> {
  const commission = await tx
    .insertInto('commission')
    .values({
      project_id: conversion.project_id,
      conversion_id: conversion.id,
      affiliate_id: affiliateId,
      tier: 1,
      ...earned,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await post(
    tx,
    {
      project_id: conversion.project_id,
      affiliate_id: affiliateId,
      kind: 'commission',
      debit: 'expense',
      credit: 'payable',
      amount: earned.amount,
      currency: earned.currency,
      release_at: earned.release_at,
      commission_id: commission.id,
      note: null,
    },
    now,
  )
  await tx
    .insertInto('daily_earning')
    .values({
      affiliate_id: affiliateId,
      day: dayOf(conversion.occurred_at),
      currency: earned.currency,
      amount: earned.amount,
    })
    .onConflict((clash) =>
      clash
        .columns(['affiliate_id', 'day', 'currency'])
        .doUpdateSet((eb) => ({ amount: eb('daily_earning.amount', '+', eb.ref('excluded.amount')) })),
    )
    .execute()
}
