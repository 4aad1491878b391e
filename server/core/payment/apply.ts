/** Applies what a payment provider told: the same fact again changes nothing, and the order of the facts does not matter. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { attribute, circumstancesOf, type Clues } from '../conversion/attribution.ts'
import { findCandidates } from '../conversion/candidates.ts'
import { findConnection } from '../project/provider-connection.ts'
import { renumberLater } from '../conversion/again.ts'
import { recordConversion } from '../conversion/record.ts'
import { commissionBase } from './base.ts'
import { learnLate, openSales } from './late-attribution.ts'
import type { Dispute, Identity, Payment, PaymentEvent, Refund, Start } from './event.ts'
import { claimIds, conversionOf, type Known, knownAbout, linkIds, productAt, type Products } from './provider-id.ts'
import { recordRefund } from '../conversion/refund.ts'
import { advanceReferral, lockReferral } from '../conversion/referral.ts'
import { prepared } from '../kit/prepared.ts'
import { joinSales } from '../conversion/join-sales.ts'
import { settingsOf } from '../project/settings.ts'

export interface Applied {
  status: 'processed' | 'ignored' | 'waiting'
  reason: string | null
  conversion_id: number | null
}

export async function applyPaymentEvent(tx: Tx, project: Project, event: PaymentEvent, now: Instant): Promise<Applied> {
  if (event.kind === 'ignored') return { status: 'ignored', reason: event.reason, conversion_id: null }
  if (!(await countsNow(tx, project.id, event.provider, event.test)))
    return { status: 'ignored', reason: 'a test event, and this project is live', conversion_id: null }
  if (event.kind === 'cancellation') return { status: 'processed', reason: 'canceled', conversion_id: null }
  if (event.kind === 'payment') return pay(tx, project, event, now)
  if (event.kind === 'refund' || event.kind === 'dispute') return giveBack(tx, project, event, now)
  return introduce(tx, project, event, now)
}

/** Test events count until the first live one, so that a new programme can be tried; never beside live ones. */
async function countsNow(tx: Tx, projectId: number, provider: string, test: boolean): Promise<boolean> {
  if (!test) {
    await markLive(tx, { projectId, provider })
    return true
  }
  return !(await findConnection(tx, projectId, provider))?.live
}

const markLive = prepared((tx, { projectId, provider }: { projectId: number; provider: string }) =>
  tx
    .updateTable('provider_connection')
    .set({ live: 1 })
    .where('project_id', '=', projectId)
    .where('provider', '=', provider)
    .where('live', '=', 0),
)

async function pay(tx: Tx, project: Project, event: Payment, now: Instant): Promise<Applied> {
  const amount = commissionBase(event, settingsOf(project))
  if (amount === 0) {
    const begins = event.payment_kind === 'first' || event.payment_kind === 'one_time'
    return introduce(tx, project, { ...event, kind: begins ? 'start' : 'identity', product_id: null }, now)
  }

  await claimIds(tx, project.id, event.provider, event.ids, now)
  const known = await knownAbout(tx, project.id, event.provider, event.ids)
  const { provider, external_id, gross, currency, payment_kind, occurred_at } = event
  const email = event.email ?? known.email
  const clues: Clues = { ...known.clues, ...present(event.clues) }
  const product_id = event.product_id ?? (await productBefore(tx, project.id, event, known))
  const { outcome, conversion } = await recordConversion(
    tx,
    project,
    {
      type: 'purchase',
      email,
      amount,
      currency,
      gross,
      product_id,
      payment_kind,
      customer_id: event.ids.customer ?? null,
      subscription_id: event.ids.subscription ?? null,
      reference: null,
      coupon_code: clues.coupon ?? null,
      url: null,
      source: 'provider',
      provider,
      external_id,
      payment_ids: known.payment_ids,
      other_emails: [known.email],
      idempotency_key: null,
      clues,
      occurred_at,
    },
    now,
  )
  const means = { referral_id: conversion?.referral_id ?? null, conversion_id: conversion?.id ?? null, clues }
  await linkIds(tx, project.id, provider, event.ids, means)
  if (conversion && outcome !== 'recorded') await joinSales(tx, project, conversion.id, known.payment_ids, now)
  if (conversion && outcome === 'recorded') await renumberLater(tx, project, conversion, now)
  // Told again, perhaps with a code or a product that was not known before.
  if (conversion && outcome === 'duplicate')
    await learnLate(tx, project, conversion.id, { email, clues, products: productOf(event) }, now)
  // Sales of the same customer, from before anything named him.
  const person = { email, clues: {}, products: {} }
  if (email && known.referral_id === null && known.isKnown)
    for (const id of await openSales(tx, project.id, provider, event.ids, person))
      if (id !== conversion?.id) await learnLate(tx, project, id, person, now)
  return { status: 'processed', reason: outcome, conversion_id: conversion?.id ?? null }
}

const productOf = ({ occurred_at, product_id }: Payment | Start | Identity): Products =>
  product_id ? { [occurred_at]: product_id } : {}

/** Renewals of some providers name no product: it is what the subscription is of, or was sold with. */
async function productBefore(
  tx: Tx,
  projectId: number,
  { provider, ids: { subscription }, occurred_at }: Payment,
  { products }: Known,
): Promise<string | null> {
  const told = productAt(products, occurred_at)
  if (told !== null || !subscription) return told
  const sold = await tx
    .selectFrom('conversion')
    .select('product_id')
    .where('project_id', '=', projectId)
    .where('provider', '=', provider)
    .where('subscription_id', '=', subscription)
    .where('product_id', 'is not', null)
    .orderBy('occurred_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return sold?.product_id ?? null
}

/** Without its sale it waits; the sale wakes it up. */
async function giveBack(tx: Tx, project: Project, event: Refund | Dispute, now: Instant): Promise<Applied> {
  const conversionId = await conversionOf(tx, project.id, event.provider, event.ids)
  if (conversionId === undefined)
    return { status: 'waiting', reason: 'waits for the sale it belongs to', conversion_id: null }
  const sale = await tx
    .selectFrom('conversion')
    .select(['amount', 'original_amount', 'gross', 'external_id'])
    .where('id', '=', conversionId)
    .executeTakeFirstOrThrow()
  const { provider, amount, occurred_at, state } = event
  if (event.kind === 'refund' && event.only_tax && (sale.original_amount ?? sale.amount ?? 0) < (sale.gross ?? 0))
    return { status: 'processed', reason: 'only tax was given back, which earned nothing', conversion_id: conversionId }
  const external_id = event.external_id ?? sale.external_id ?? `sale ${conversionId}`
  const fact =
    event.kind === 'dispute'
      ? { kind: 'dispute' as const, whole: null, reason: 'dispute' }
      : {
          kind: event.cumulative ? ('cumulative' as const) : ('refund' as const),
          whole: event.of,
          reason: event.reason,
        }
  const changed = await recordRefund(
    tx,
    project,
    conversionId,
    { provider, external_id, amount, occurred_at, state, ...fact },
    now,
  )
  return { status: 'processed', reason: changed ? event.kind : 'duplicate', conversion_id: conversionId }
}

/** A start keeps the attribution for the first real payment; an identity joins ids, and may name the person or the code. */
async function introduce(tx: Tx, project: Project, event: Start | Identity, now: Instant): Promise<Applied> {
  await claimIds(tx, project.id, event.provider, event.ids, now)
  const known = await knownAbout(tx, project.id, event.provider, event.ids)
  const email = event.email ?? known.email
  const clues: Clues = { ...known.clues, ...present(event.clues) }
  let referralId = known.referral_id
  if (email) {
    const referral = await lockReferral(tx, project.id, email, now)
    referralId = referral.id
    const about = { id: project.id, settings: settingsOf(project) }
    const circumstances = circumstancesOf(about, referral, [email, known.email], event.occurred_at)
    const candidates = await findCandidates(tx, project.id, { clues, source: 'provider' }, referral)
    const { winner } = attribute(candidates, circumstances)
    await advanceReferral(tx, referral, { type: 'start', winner, browser: false, settled: false }, now)
  }
  const means = { referral_id: referralId, conversion_id: null, clues, products: productOf(event) }
  await linkIds(tx, project.id, event.provider, event.ids, means)
  const conversion_id = await conversionOf(tx, project.id, event.provider, event.ids)
  if (conversion_id !== undefined) await joinSales(tx, project, conversion_id, known.payment_ids, now)
  const learned = { email, clues, products: { ...known.products, ...means.products } }
  const also = { referral_id: referralId, conversion_id }
  for (const id of await openSales(tx, project.id, event.provider, event.ids, learned, also))
    await learnLate(tx, project, id, learned, now)
  return {
    status: 'processed',
    reason: event.kind === 'start' ? 'started without a payment' : 'ids joined',
    conversion_id: null,
  }
}

/** Only what was really said: an empty clue must not hide one that came earlier. */
const present = (clues: Clues): Clues =>
  Object.fromEntries(Object.entries(clues).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)))
