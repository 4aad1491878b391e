/** What the feed and the webhooks tell of conversions, in the payloads of the specification ("Webhook Events"). */
import type { Conversion, Instant, Project, Tx } from '../db/schema.ts'
import { commissionsOf, netOf } from './commission-booking.ts'
import { recordEvent, type WebhookEvent } from './event.ts'
import { toMajor } from './money.ts'

/** An approved conversion of an affiliate: a signup or a sale. */
export async function announceConversion(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  now: Instant,
): Promise<void> {
  if (conversion.type === 'signup') return announce(tx, project, conversion, 'referral_signed_up', {}, now)
  if (conversion.type === 'purchase') return announce(tx, project, conversion, 'referral_converted', {}, now)
}

/** Its facts were changed, by the API or by hand. */
export const announceUpdate = (tx: Tx, project: Project, conversion: Conversion, now: Instant): Promise<void> =>
  announce(tx, project, conversion, 'referral_updated', {}, now)

/** It was refunded, denied or deleted. @param refund minor units that went back with this step */
export const announceCancel = (
  tx: Tx,
  project: Project,
  conversion: Conversion,
  { refund, reason }: { refund: number; reason: string },
  now: Instant,
): Promise<void> =>
  announce(
    tx,
    project,
    conversion,
    'referral_canceled',
    { refund_amount: major(refund, conversion.currency), reason, canceled_date: now },
    now,
  )

async function announce(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  type: WebhookEvent,
  more: Record<string, unknown>,
  now: Instant,
): Promise<void> {
  const affiliate = conversion.affiliate_id
    ? await tx
        .selectFrom('affiliate')
        .innerJoin('link', (join) => join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', 1))
        .select(['affiliate.id', 'affiliate.email', 'link.code'])
        .where('affiliate.id', '=', conversion.affiliate_id)
        .executeTakeFirst()
    : undefined
  const referred = conversion.referral_id
    ? await tx
        .selectFrom('referral')
        .select(['id', 'email'])
        .where('id', '=', conversion.referral_id)
        .executeTakeFirst()
    : undefined
  const payload = {
    referrer: affiliate ? { id: String(affiliate.id), email: affiliate.email } : null,
    referred: referred ? { id: String(referred.id), email: referred.email } : null,
    ...(type === 'referral_signed_up'
      ? { data: { referral_code: affiliate?.code ?? null, signup_date: conversion.occurred_at } }
      : { conversion: { ...(await describe(tx, conversion, type)), ...more } }),
  }
  await recordEvent(tx, project.id, { type, subject: `conversion ${conversion.id}`, payload }, now)
}

async function describe(tx: Tx, conversion: Conversion, type: WebhookEvent): Promise<Record<string, unknown>> {
  const [commission] = await commissionsOf(tx, conversion.id)
  const earned = commission
    ? major(type === 'referral_canceled' ? commission.amount : netOf(commission), commission.currency)
    : 0
  const facts = {
    id: `conv_${conversion.id}`,
    amount: major(conversion.amount, conversion.currency),
    commission_amount: earned,
  }
  if (type === 'referral_canceled') return facts
  if (type === 'referral_updated') {
    return {
      ...facts,
      // The specification's example: the commission stands under both names.
      amount_usd: earned,
      base_value: facts.amount,
      currency: conversion.currency,
      conversion_date: conversion.occurred_at,
      reference: conversion.reference,
    }
  }
  const percent = commission?.rate_basis_points
  return {
    ...facts,
    currency: conversion.currency,
    commission_type: percent == null ? 'fixed' : 'percentage',
    commission_rate: percent == null ? earned : percent / 100,
    payment_processor: conversion.provider,
    product_id: conversion.product_id,
    order_id: conversion.reference ?? conversion.external_id,
    conversion_date: conversion.occurred_at,
  }
}

const major = (amount: number | null, currency: string | null): number =>
  amount === null || currency === null ? 0 : toMajor(amount, currency)
