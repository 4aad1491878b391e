/**
 * Recording what happened: a signup, a purchase or a custom event is attributed, stored with its why-trail, and, when it is
 * approved, earns its affiliate a commission. All of it in the caller's transaction, or none.
 */
import type { Commission, Conversion, Instant, Project, Referral, Tx } from '../db/schema.ts'
import { attribute, type Candidate, circumstancesOf, type Clues, type Decision, findCandidates } from './attribution.ts'
import { commissionFor, type Earned, type NotEarned, secondTierFor, type Sale, termsInForce } from './commission.ts'
import { bookCommission } from './commission-booking.ts'
import { mailCommissions } from './commission-mail.ts'
import { announceConversion } from './conversion-event.ts'
import { rateOn } from './exchange-rate.ts'
import { raiseLevel } from './level.ts'
import { convertMinor } from './money.ts'
import { advanceReferral, lockReferral } from './referral.ts'
import { adoptKey, findTwin } from './report-matching.ts'
import { count, type Counter } from './rollup.ts'
import { type Settings, settingsOf } from './settings.ts'
import { dayOf } from './time.ts'

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
  product_id?: string | null
  payment_kind?: Conversion['payment_kind']
  /** Minor units of `currency`, with tax and shipping; absent: `amount`. */
  gross?: number | null
  /** The provider's ids of the buyer and his subscription. */
  customer_id?: string | null
  subscription_id?: string | null
  /** The commission, minor units of `currency`: only a call with a secret key may give it. */
  given_commission?: number | undefined
}

export interface Recorded {
  /** confirmed: a purchase the browser had reported was confirmed by a trusted source. */
  outcome: 'recorded' | 'confirmed' | 'duplicate' | 'rejected'
  conversion: Conversion | null
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

  const money = await inProjectCurrency(tx, project, report)
  const given_commission = inNewCurrency(report, money)
  const judged = await judge(tx, project, { ...report, ...money, given_commission }, referral, approval.status)
  if (twin) {
    const facts = { ...report, ...money, status: approval.status, status_reason: approval.reason }
    return { outcome: 'confirmed', conversion: await confirm(tx, project, twin, facts, judged, referral, now) }
  }

  const conversion = await tx
    .insertInto('conversion')
    .values({
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
      once_key: report.type === 'signup' && referral ? `signup ${referral.id}` : null,
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
    .onConflict((clash) => clash.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!conversion) return { outcome: 'duplicate', conversion: null }

  await settle(tx, project, conversion, judged, referral, now)
  return { outcome: 'recorded', conversion }
}

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

type Money = Pick<
  Conversion,
  'amount' | 'currency' | 'original_amount' | 'original_currency' | 'exchange_rate' | 'rate_source'
>

/** Foreign money becomes the project's at the day's rate, which is kept; without a rate it stays what it is. */
async function inProjectCurrency(tx: Tx, project: Project, report: NewConversion): Promise<Money> {
  const { amount, currency } = report
  const asItIs = {
    amount,
    currency,
    original_amount: null,
    original_currency: null,
    exchange_rate: null,
    rate_source: null,
  }
  if (amount === null || !currency || currency === project.currency) return asItIs
  const found = await rateOn(tx, currency, project.currency, dayOf(report.occurred_at))
  if (!found) return asItIs
  return {
    amount: convertMinor(amount, currency, project.currency, found.rate),
    currency: project.currency,
    original_amount: amount,
    original_currency: currency,
    exchange_rate: found.rate,
    rate_source: `${found.source} ${found.day}`,
  }
}

const inNewCurrency = ({ given_commission: given, currency }: NewConversion, money: Money): number | undefined =>
  given === undefined || !currency || !money.currency || !money.exchange_rate
    ? given
    : convertMinor(given, currency, money.currency, money.exchange_rate)

interface Judged {
  trail: WhyTrail
  affiliate: Candidate['affiliate']
}

/** @param except a conversion that is judged again, which is no earlier purchase of itself */
export async function judge(
  tx: Tx,
  project: Project,
  report: NewConversion,
  referral: Referral | null,
  approval: Approval['status'],
  except?: number,
): Promise<Judged> {
  const candidates = await findCandidates(tx, project.id, report.clues, referral)
  const { notes } = report.clues
  const decision = {
    ...attribute(candidates, circumstancesOf(settingsOf(project), referral, report.email, report.occurred_at)),
    ...(notes?.length && { notes }),
  }
  const affiliate =
    candidates.find((candidate) => candidate.affiliate?.id === decision.winner?.affiliate_id)?.affiliate ?? null
  if (!affiliate) return { trail: { ...decision, commission: { reason: 'not_attributed' } }, affiliate }
  if (approval !== 'approved') {
    const reason = report.source === 'browser' ? 'not_confirmed' : 'not_approved'
    return { trail: { ...decision, commission: { reason } }, affiliate }
  }
  return { trail: { ...decision, ...(await rewards(tx, report, affiliate, referral, except)) }, affiliate }
}

/** What the sale earns its affiliate, and the one who invited him. */
export async function rewards(
  tx: Tx,
  report: Pick<
    NewConversion,
    'type' | 'amount' | 'currency' | 'occurred_at' | 'product_id' | 'payment_kind' | 'given_commission'
  >,
  affiliate: NonNullable<Candidate['affiliate']>,
  referral: Pick<Referral, 'id'> | null,
  except?: number,
): Promise<Pick<WhyTrail, 'commission' | 'second_tier'>> {
  const terms = await termsInForce(tx, affiliate.campaign_id, {
    affiliate_id: affiliate.id,
    level_id: affiliate.level_id,
    product_id: report.product_id ?? null,
  })
  const earlier = await earlierPurchases(tx, referral, report.occurred_at, except)
  // After a trial the first money is a renewal to the provider; to us it is the first.
  const first = referral && report.payment_kind === 'renewal' && earlier.payments === 0
  const sale: Sale = {
    type: report.type,
    amount: report.amount,
    currency: report.currency,
    occurred_at: report.occurred_at,
    payment_kind: first ? 'first' : (report.payment_kind ?? null),
    earlier,
    given: report.given_commission,
  }
  const commission = commissionFor(terms, sale)
  const rule = terms.campaign
  if (!('amount' in commission) || !affiliate.parent_id || !rule) return { commission }
  const second = secondTierFor(rule, sale, commission)
  const parent = await tx
    .selectFrom('affiliate')
    .select('id')
    .where('id', '=', affiliate.parent_id)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return { commission, ...(second && parent && { second_tier: { ...second, affiliate_id: parent.id } }) }
}

async function earlierPurchases(
  tx: Tx,
  referral: Pick<Referral, 'id'> | null,
  at: Instant,
  except = 0,
): Promise<Sale['earlier']> {
  if (!referral) return { payments: 0, first_at: null }
  const { payments, first_at } = await tx
    .selectFrom('conversion')
    .select((eb) => [eb.fn.countAll<number>().as('payments'), eb.fn.min<Instant | null>('occurred_at').as('first_at')])
    .where('referral_id', '=', referral.id)
    .where('type', '=', 'purchase')
    .where('status', '=', 'approved')
    .where('occurred_at', '<=', at)
    .where('deleted_at', 'is', null)
    .where('id', '<>', except)
    .executeTakeFirstOrThrow()
  return { payments, first_at }
}

/**
 * Turns the browser's claim into a fact. One that was decided before, accepted and paid or denied by the owner, only gets
 * its proof.
 */
async function confirm(
  tx: Tx,
  project: Project,
  claim: Conversion,
  report: NewConversion & Money & Pick<Conversion, 'status' | 'status_reason'>,
  judged: Judged,
  referral: Referral | null,
  now: Instant,
): Promise<Conversion> {
  const decided = claim.status !== 'pending'
  const proof = {
    source: report.source,
    provider: report.provider,
    external_id: report.external_id,
    reference: claim.reference ?? report.reference,
    updated_at: now,
  }
  const { amount, currency, original_amount, original_currency, exchange_rate, rate_source } = report
  const facts = decided
    ? proof
    : {
        ...proof,
        status: report.status,
        status_reason: report.status_reason,
        amount,
        currency,
        original_amount,
        original_currency,
        exchange_rate,
        rate_source,
        product_id: report.product_id ?? null,
        payment_kind: report.payment_kind ?? null,
        gross: report.gross ?? null,
        customer_id: report.customer_id ?? null,
        subscription_id: report.subscription_id ?? null,
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
  if (!decided) await settle(tx, project, conversion, judged, referral, now)
  return conversion
}

/** Counts an approved conversion, moves the referral on, books what it earned, and tells the world. */
export async function settle(
  tx: Tx,
  project: Project,
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

  await countConversion(tx, conversion, 1)
  const { commission, second_tier } = judged.trail
  const booked: Commission[] = []
  if ('amount' in commission)
    booked.push(await bookCommission(tx, conversion, conversion.affiliate_id, 1, commission, now))
  if (second_tier) {
    const { affiliate_id, ...earned } = second_tier
    booked.push(await bookCommission(tx, conversion, affiliate_id, 2, earned, now))
  }
  await mailCommissions(tx, project, conversion, judged.trail, booked, now)
  if (conversion.type === 'purchase') await raiseLevel(tx, conversion.affiliate_id, now)
  await announceConversion(tx, project, conversion, now)
}

/** Adds an approved conversion to its affiliate's counts, or takes it out again. */
export async function countConversion(tx: Tx, conversion: Conversion, times: 1 | -1): Promise<void> {
  if (conversion.affiliate_id === null) return
  await count(
    tx,
    [
      {
        project_id: conversion.project_id,
        affiliate_id: conversion.affiliate_id,
        day: dayOf(conversion.occurred_at),
        counter: counterOf(conversion.type),
      },
    ],
    times,
  )
}

const counterOf = (type: string): Counter =>
  type === 'signup' ? 'signups' : type === 'purchase' ? 'purchases' : 'other_events'
