/** What the feed and the webhooks tell of conversions, in the payloads of the specification ("Webhook Events"). */
import type { Affiliate, Commission, Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { commissionsOf } from './booking.ts'
import { netOf } from '../ledger/net.ts'
import { type NewEvent, recordEvents, type WebhookEvent } from '../news/feed.ts'
import { toMajor } from '../kit/money.ts'
import { PRIMARY } from '../affiliate/code.ts'

/** Whom a conversion is about, and what it earned on the first tier. */
export interface Parties {
  affiliate: Pick<Affiliate, 'id' | 'email'> | null
  referral: Pick<Referral, 'id' | 'email'> | null
  commission: Commission | null
}

/** The event that tells of an approved conversion of an affiliate; the feed has none for custom ones. */
export const firstEventOf = ({ type }: Conversion): WebhookEvent[] =>
  type === 'signup' ? ['referral_signed_up'] : type === 'purchase' ? ['referral_converted'] : []

/** Its facts were changed, by the API or by hand. */
export const announceUpdate = async (tx: Tx, project: Project, conversion: Conversion, now: Instant): Promise<void> =>
  announce(tx, project, conversion, await partiesOf(tx, conversion), ['referral_updated'], now)

/** It was refunded, denied or deleted. @param refund minor units that went back with this step */
export const announceCancel = async (
  tx: Tx,
  project: Project,
  conversion: Conversion,
  { refund, reason }: { refund: number; reason: string },
  now: Instant,
): Promise<void> =>
  announce(tx, project, conversion, await partiesOf(tx, conversion), ['referral_canceled'], now, {
    refund_amount: major(refund, conversion.currency),
    reason,
    canceled_date: now,
  })

async function partiesOf(tx: Tx, { id, affiliate_id, referral_id }: Conversion): Promise<Parties> {
  const find = async (table: 'affiliate' | 'referral', wanted: number | null) =>
    wanted === null
      ? null
      : ((await tx.selectFrom(table).select(['id', 'email']).where('id', '=', wanted).executeTakeFirst()) ?? null)
  return {
    affiliate: await find('affiliate', affiliate_id),
    referral: await find('referral', referral_id),
    commission: (await commissionsOf(tx, id)).find(({ tier }) => tier === 1) ?? null,
  }
}

/** Tells the events one after the other. @param more further fields of the conversion */
export async function announce(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  { affiliate, referral, commission }: Parties,
  types: WebhookEvent[],
  now: Instant,
  more: Record<string, unknown> = {},
): Promise<void> {
  const events: NewEvent[] = []
  for (const type of types) {
    const payload = {
      referrer: told(affiliate),
      referred: told(referral),
      ...(type === 'referral_signed_up'
        ? { data: { referral_code: await codeOf(tx, affiliate), signup_date: conversion.occurred_at } }
        : { conversion: { ...describe(conversion, commission, type), ...more } }),
    }
    events.push({ type, subject: `conversion ${conversion.id}`, payload })
  }
  await recordEvents(tx, project.id, events, now)
}

/** Always an object: receivers read `referred.email` without looking whether there is a `referred`. */
const told = (person: { id: number; email: string } | null) =>
  person ? { id: String(person.id), email: person.email } : { id: null, email: null }

async function codeOf(tx: Tx, affiliate: Parties['affiliate']): Promise<string | null> {
  if (!affiliate) return null
  const link = await tx
    .selectFrom('link')
    .select('code')
    .where('affiliate_id', '=', affiliate.id)
    .where('is_primary', '=', PRIMARY)
    .executeTakeFirst()
  return link?.code ?? null
}

function describe(conversion: Conversion, commission: Commission | null, type: WebhookEvent): Record<string, unknown> {
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
