/** What payment providers tell us, in the core's own words; each providers/*.ts translates into these. */
import type { Instant, Project, Tx } from '../db/schema.ts'
import { attribute, circumstancesOf, type Clues, findCandidates } from './attribution.ts'
import { recordConversion } from './conversion.ts'
import { linkProviderId } from './provider-link.ts'
import { advanceReferral, lockReferral } from './referral.ts'
import { settingsOf } from './settings.ts'

export type PaymentEvent = Payment | Start | Ignored

/** Money arrived. */
export interface Payment {
  kind: 'payment'
  provider: string
  /** The provider's id of the money fact: invoice, else payment, else checkout. */
  external_id: string
  /** The provider's id of the buyer, where he has one. */
  customer_id: string | null
  email: string | null
  /** Minor units, what commission is computed on: without tax and shipping, after discounts. */
  amount: number
  currency: string
  coupon_code: string | null
  clues: Clues
  occurred_at: Instant
}

/** Somebody started without paying yet (a trial, a 100 % coupon): the attribution is kept for the first real payment. */
export interface Start {
  kind: 'start'
  provider: string
  customer_id: string | null
  email: string | null
  clues: Clues
}

export interface Ignored {
  kind: 'ignored'
  reason: string
}

export interface Applied {
  status: 'processed' | 'ignored'
  reason: string | null
  conversion_id: number | null
}

/** Applies one event; the same money fact again changes nothing. */
export async function applyPaymentEvent(tx: Tx, project: Project, event: PaymentEvent, now: Instant): Promise<Applied> {
  if (event.kind === 'ignored') return { status: 'ignored', reason: event.reason, conversion_id: null }
  if (event.kind === 'start') {
    await bindStart(tx, project, event, now)
    return { status: 'processed', reason: 'started without a payment', conversion_id: null }
  }

  const { kind: _, ...payment } = event
  const recorded = await recordConversion(
    tx,
    project,
    { ...payment, type: 'purchase', reference: null, url: null, source: 'provider', idempotency_key: null },
    now,
  )
  await linkCustomer(tx, project.id, event, recorded.conversion?.referral_id ?? null, now)
  return { status: 'processed', reason: recorded.outcome, conversion_id: recorded.conversion?.id ?? null }
}

async function bindStart(tx: Tx, project: Project, start: Start, now: Instant): Promise<void> {
  if (!start.email) return
  const referral = await lockReferral(tx, project.id, start.email, now)
  const circumstances = circumstancesOf(settingsOf(project), referral, start.email, now)
  const decision = attribute(await findCandidates(tx, project.id, start.clues, referral), circumstances)
  await advanceReferral(
    tx,
    referral,
    { affiliate_id: decision.winner?.affiliate_id ?? null, type: 'start', settled: false },
    now,
  )
  await linkCustomer(tx, project.id, start, referral.id, now)
}

/** So that later events and questions about the customer find the person, whatever address they name. */
async function linkCustomer(
  tx: Tx,
  projectId: number,
  { provider, customer_id }: Pick<Payment, 'provider' | 'customer_id'>,
  referralId: number | null,
  now: Instant,
): Promise<void> {
  if (!customer_id || referralId === null) return
  const means = { referral_id: referralId, conversion_id: null }
  await linkProviderId(
    tx,
    { project_id: projectId, provider, kind: 'customer', external_id: customer_id, ...means },
    now,
  )
}
