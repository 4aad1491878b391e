/** What the feed and the webhooks tell of conversions, in the payloads of the specification ("Webhook Events"). */
import type { Affiliate, Commission, Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { PRIMARY } from '../affiliate/code.ts'
import { formatMinor, toMajor } from '../kit/money.ts'
import { prepared } from '../kit/prepared.ts'
import { dayOf } from '../kit/time.ts'
import { netOf, UNDECIDED } from '../ledger/net.ts'
import { type NewEvent, recordEvents, type WebhookEvent } from '../news/feed.ts'
import type { Booked } from './booking.ts'
import { counterOf, counts } from './entitlement.ts'

/** Those of the specification, and one that only the feed carries. */
export type ConversionEvent = WebhookEvent | 'custom_event_recorded'

/** Who a conversion is about, and what a step gave back. */
export interface Told {
  affiliate?: Pick<Affiliate, 'id' | 'email'> | null | undefined
  referral?: Pick<Referral, 'id' | 'email'> | null | undefined
  /** Minor units of the conversion's currency. */
  refund?: number | undefined
  reason?: string | undefined
}

/** Tells the events one after the other. */
export async function announce(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  commissions: Booked[],
  types: ConversionEvent[],
  told: Told,
  now: Instant,
): Promise<void> {
  const affiliate = told.affiliate ?? (await nameOf(tx, 'affiliate', conversion.affiliate_id))
  const referral = told.referral ?? (await nameOf(tx, 'referral', conversion.referral_id))
  const commission = commissions.find((one) => one.commission.tier === 1)?.commission ?? null
  const events: NewEvent[] = []
  for (const type of types) {
    const payload = {
      referrer: person(affiliate),
      referred: person(referral),
      ...(type === 'referral_signed_up'
        ? { data: { referral_code: await codeOf(tx, affiliate), signup_date: conversion.occurred_at } }
        : { conversion: { ...describe(conversion, commission, type), ...canceled(conversion, type, told, now) } }),
      effect: effectOf(conversion, commissions),
    }
    events.push({ type, subject: `conversion ${conversion.id}`, payload })
  }
  await recordEvents(tx, project.id, events, now)
}

const canceled = (conversion: Conversion, type: ConversionEvent, { refund, reason }: Told, now: Instant) =>
  type === 'referral_canceled' && {
    refund_amount: major(refund ?? (conversion.amount ?? 0) - conversion.refunded, conversion.currency),
    reason: reason ?? conversion.status_reason ?? conversion.status,
    canceled_date: now,
  }

/**
 * The state after the event, which replaces what an earlier event said of the same conversion: so whoever adds up the feed
 * from its first number has every counter and every balance (promises/21-feed.test.ts).
 */
const effectOf = (conversion: Conversion, commissions: Booked[]) => ({
  conversion: `conv_${conversion.id}`,
  counted: counts(conversion)
    ? {
        affiliate_id: String(conversion.affiliate_id),
        as: counterOf(conversion),
        day: dayOf(conversion.occurred_at),
      }
    : null,
  commissions: commissions
    .filter(({ commission }) => netOf(commission) !== 0)
    .map(({ commission }) => ({
      tier: commission.tier,
      affiliate_id: String(commission.affiliate_id),
      amount: formatMinor(netOf(commission), commission.currency),
      currency: commission.currency,
      release_at: commission.release_at === UNDECIDED ? null : commission.release_at,
    })),
})

async function nameOf(tx: Tx, table: 'affiliate' | 'referral', id: number | null) {
  if (id === null) return null
  const [row] = table === 'affiliate' ? await selectAffiliate(tx, { id }) : await selectReferral(tx, { id })
  return row ?? null
}

const selectAffiliate = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('affiliate').select(['id', 'email']).where('id', '=', id),
)

const selectReferral = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('referral').select(['id', 'email']).where('id', '=', id),
)

/** Always an object: receivers read `referred.email` without looking whether there is a `referred`. */
const person = (one: { id: number; email: string } | null) =>
  one ? { id: String(one.id), email: one.email } : { id: null, email: null }

async function codeOf(tx: Tx, affiliate: { id: number } | null): Promise<string | null> {
  if (!affiliate) return null
  const link = await tx
    .selectFrom('link')
    .select('code')
    .where('affiliate_id', '=', affiliate.id)
    .where('is_primary', '=', PRIMARY)
    .executeTakeFirst()
  return link?.code ?? null
}

function describe(
  conversion: Conversion,
  commission: Commission | null,
  type: ConversionEvent,
): Record<string, unknown> {
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
