/** Coupons: codes affiliates hand out; a purchase that uses one is theirs. */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Coupon, Database, Instant, Tx } from '../../db/schema.ts'
import { getAffiliate } from './affiliate.ts'
import { claimCode, claimStripeId, releaseCodes } from './code-claim.ts'
import { lockAffiliates } from './lock.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { makeAtStripe, type NewDiscount, removeAtStripe } from './coupon-at-stripe.ts'
import { unlessTaken } from '../kit/unique.ts'
import { PRIMARY } from './code.ts'

export interface NewCoupon {
  affiliate_id: number
  coupon_code: string
  stripe_coupon_id?: string | null | undefined
  lemonsqueezy_discount_code?: string | null | undefined
  status: Coupon['status']
  /** Make it at Stripe too, soon after; instead of `stripe_coupon_id`. */
  create_in_stripe?: NewDiscount | undefined
}

export interface CouponWithAffiliate extends Coupon {
  affiliate_email: string
  affiliate_referral_code: string | null
}

/**
 * Creates a coupon for an affiliate of the project.
 * @throws DomainError 'affiliate_not_found' | 'coupon_exists' (a code is another's, in any spelling); for Stripe also
 * 'provider_not_connected' | 'invalid_request'
 */
export async function createCoupon(
  tx: Tx,
  projectId: number,
  coupon: NewCoupon,
  now: Instant,
): Promise<CouponWithAffiliate> {
  await lockAffiliates(tx, [(await getAffiliate(tx, projectId, coupon.affiliate_id)).id])
  // Once more: while the lock was waited for, they may have been deleted.
  const affiliate = await getAffiliate(tx, projectId, coupon.affiliate_id)
  const { coupon_code, create_in_stripe: discount } = coupon
  const made = discount && (await makeAtStripe(tx, projectId, coupon_code, discount, now))
  const row = await tx
    .insertInto('coupon')
    .values({
      project_id: projectId,
      affiliate_id: affiliate.id,
      coupon_code,
      code_key: couponKey(coupon_code),
      stripe_coupon_id: made ?? coupon.stripe_coupon_id ?? null,
      lemonsqueezy_discount_code: coupon.lemonsqueezy_discount_code ?? null,
      status: coupon.status,
      created_at: now,
      updated_at: now,
    })
    .onConflict((clash) => clash.columns(['project_id', 'code_key']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw couponExists('coupon_code', coupon_code)
  await claimCodes(tx, row)
  return { ...row, affiliate_email: affiliate.email, affiliate_referral_code: affiliate.referral_code }
}

/** @throws DomainError 'coupon_not_found' */
export async function getCoupon(tx: Tx, projectId: number, id: number): Promise<CouponWithAffiliate> {
  const coupon = await withAffiliate(tx, projectId).where('coupon.id', '=', id).executeTakeFirst()
  if (!coupon) throw notFound()
  return coupon
}

/**
 * Changes what is given and leaves the rest.
 * @throws DomainError 'coupon_not_found' | 'affiliate_not_found' | 'coupon_exists'
 */
export async function changeCoupon(
  tx: Tx,
  projectId: number,
  id: number,
  change: Partial<NewCoupon>,
  now: Instant,
): Promise<CouponWithAffiliate> {
  const { affiliate_id, coupon_code, stripe_coupon_id, lemonsqueezy_discount_code, status } = change
  const before = await getCoupon(tx, projectId, id)
  if (affiliate_id !== undefined) await getAffiliate(tx, projectId, affiliate_id)
  await lockAffiliates(tx, [before.affiliate_id, affiliate_id])
  const columns = { affiliate_id, coupon_code, stripe_coupon_id, lemonsqueezy_discount_code, status, updated_at: now }
  const code_key = coupon_code === undefined ? undefined : couponKey(coupon_code)
  await unlessTaken(
    tx
      .updateTable('coupon')
      .set({ ...columns, code_key })
      .where('id', '=', id)
      .execute(),
    () => couponExists('coupon_code', coupon_code ?? ''),
  )
  const after = await getCoupon(tx, projectId, id)
  if (JSON.stringify([ownerOf(before), codesOf(before)]) !== JSON.stringify([ownerOf(after), codesOf(after)])) {
    await releaseCodes(tx, ownerOf(before), codesOf(before))
    await claimCodes(tx, after)
  }
  return after
}

/** Removes the coupon here and, where there is a key, at Stripe; what it brought stays. @throws DomainError 'coupon_not_found' */
export async function deleteCoupon(tx: Tx, projectId: number, id: number, now: Instant): Promise<void> {
  await lockAffiliates(tx, [(await getCoupon(tx, projectId, id)).affiliate_id])
  const gone = await tx
    .deleteFrom('coupon')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!gone) throw notFound()
  await releaseCodes(tx, ownerOf(gone), codesOf(gone))
  await removeAtStripe(tx, gone, now)
}

export interface CouponFilter {
  status?: Coupon['status'] | undefined
  affiliate_id?: number | undefined
  /** Any part of the code, without case. */
  coupon_code?: string | undefined
  limit: number
  offset: number
}

/** One page, newest first, and how many there are in all. */
export async function listCoupons(
  tx: Tx,
  projectId: number,
  filter: CouponFilter,
): Promise<Listed<CouponWithAffiliate>> {
  const rows = await withAffiliate(tx, projectId)
    .where(matches(filter))
    .orderBy('coupon.id', 'desc')
    .limit(filter.limit + 1)
    .offset(filter.offset)
    .execute()
  const matching = tx.selectFrom('coupon').where('coupon.project_id', '=', projectId).where(matches(filter))
  return listed(tx, filter, rows, matching)
}

const matches = (filter: CouponFilter) => (eb: ExpressionBuilder<Database, 'coupon'>) =>
  eb.and([
    ...(filter.status ? [eb('coupon.status', '=', filter.status)] : []),
    ...(filter.affiliate_id === undefined ? [] : [eb('coupon.affiliate_id', '=', filter.affiliate_id)]),
    ...(filter.coupon_code ? [sql<boolean>`coupon.code_key like ${containing(filter.coupon_code)} escape '!'`] : []),
  ])

/** `_` stands in codes, so it must not mean "any letter". */
const containing = (part: string) => `%${couponKey(part).replace(/[!%_]/g, '!$&')}%`

const withAffiliate = (tx: Tx, projectId: number) =>
  tx
    .selectFrom('coupon')
    .innerJoin('affiliate', 'affiliate.id', 'coupon.affiliate_id')
    .leftJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', PRIMARY),
    )
    .selectAll('coupon')
    .select(['affiliate.email as affiliate_email', 'link.code as affiliate_referral_code'])
    .where('coupon.project_id', '=', projectId)

/** What customers type, and ids that must not be what customers of others type. */
async function claimCodes(tx: Tx, coupon: Coupon): Promise<void> {
  const owner = ownerOf(coupon)
  const { coupon_code, lemonsqueezy_discount_code: typed, stripe_coupon_id: id } = coupon
  await claimCode(tx, owner, coupon_code, () => couponExists('coupon_code', coupon_code))
  if (typed !== null) await claimCode(tx, owner, typed, () => couponExists('lemonsqueezy_discount_code', typed))
  if (id !== null) await claimStripeId(tx, owner, id, () => couponExists('stripe_coupon_id', id))
}

const ownerOf = ({ affiliate_id, project_id }: Coupon) => ({ id: affiliate_id, project_id })
const codesOf = ({ coupon_code, lemonsqueezy_discount_code, stripe_coupon_id }: Coupon) => [
  coupon_code,
  lemonsqueezy_discount_code,
  stripe_coupon_id,
]

const couponKey = (code: string): string => code.toLowerCase()

const couponExists = (field: 'coupon_code' | 'lemonsqueezy_discount_code' | 'stripe_coupon_id', code: string) =>
  new DomainError(
    'coupon_exists',
    `${field}: ${code} already exists in this project, or reads as a code that does`,
    field,
  )
const notFound = () => new DomainError('coupon_not_found', 'Coupon not found')
