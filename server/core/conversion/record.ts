/**
 * Recording what happened: a signup, a purchase or a custom event is attributed, stored with its decision, and, when it is
 * approved, earns its affiliate a commission. All of it in the caller's transaction, or none.
 */
import type { Insertable } from 'kysely'
import type { ConversionTable, Instant, Project, Tx } from '../../db/schema.ts'
import { MetAnother } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'
import { type Settings, settingsOf } from '../project/settings.ts'
import { confirmClaim } from './confirm.ts'
import { inNewCurrency, inProjectCurrency } from './currency.ts'
import { advanceOf, decide } from './decide.ts'
import { advanceReferral, lockReferral } from './referral.ts'
import type { NewConversion, Recorded } from './report.ts'
import { claimKeys, keysOf } from './sale-key.ts'
import { transition } from './transition.ts'
import { adoptKey, findTwin } from './twin.ts'

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

  // The vendor tells a conversion made by API twice, as a sale and as an update.
  const requested = report.source === 'api'
  const money = await inProjectCurrency(tx, project, report)
  const given_commission = inNewCurrency(report, money)
  const facts = { ...report, ...money, given_commission, status: approval.status, status_reason: approval.reason }
  const decided = await decide(tx, project, facts, referral, approval.status)
  if (twin) {
    const conversion = await confirmClaim(tx, project, twin, facts, decided, referral, requested, now)
    return { outcome: 'confirmed', conversion }
  }

  const [conversion] = await insertConversion(tx, {
    project_id: project.id,
    type: report.type,
    affiliate_id: decided.affiliate?.id ?? null,
    referral_id: referral?.id ?? null,
    link_id: decided.decision.winner?.link_id ?? null,
    status: approval.status,
    status_reason: approval.reason,
    reference: report.reference,
    coupon_code: report.coupon_code,
    url: report.url,
    source: report.source,
    provider: report.provider,
    external_id: report.external_id,
    idempotency_key: report.idempotency_key,
    decision: JSON.stringify(decided.decision),
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

  if (referral) await advanceReferral(tx, referral, advanceOf(conversion, decided), now)
  const step = { kind: 'recorded' as const, requested, affiliate: decided.affiliate, referral }
  const { commissions } = await transition(tx, project, null, conversion, step, now)
  const own = commissions.find(({ commission }) => commission.tier === 1)
  return { outcome: 'recorded', conversion, commission: own?.commission ?? null }
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
