/** Makes and deletes coupons at Stripe. Done twice is done once: a crash may come between Stripe and our own note of it. */
import type Stripe from 'stripe'
import type { MakeCoupon, RemoveCoupon } from '../../core/affiliate/coupon-at-stripe.ts'
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import type { ProviderTask } from '../../db/schema.ts'
import { stripeApi } from './api.ts'
import { isStripeError } from './problem.ts'

export async function doStripeTask(
  key: ProviderKey,
  { kind, fields }: Pick<ProviderTask, 'kind' | 'fields'>,
): Promise<void> {
  const api = stripeApi(key)
  if (kind === 'create_coupon') await makeCoupon(api, JSON.parse(fields) as MakeCoupon)
  else await removeCoupon(api, JSON.parse(fields) as RemoveCoupon)
}

async function makeCoupon(api: Stripe, { id, code, percent_off, amount_off, currency, ...duration }: MakeCoupon) {
  const off = percent_off === undefined ? { amount_off: amount_off ?? 0, currency: currency ?? '' } : { percent_off }
  await api.coupons
    .create({ id, name: code.slice(0, 40), ...off, ...duration })
    .catch(unless('resource_already_exists'))
  const { data } = await api.promotionCodes.list({ coupon: id, limit: 1 })
  if (data.length === 0) await api.promotionCodes.create({ promotion: { type: 'coupon', coupon: id }, code })
}

/** Promotion codes cannot be deleted, and one that is active keeps its word from being used again. */
async function removeCoupon(api: Stripe, { id, code, shared }: RemoveCoupon) {
  if (id.startsWith('promo_')) {
    await api.promotionCodes.update(id, { active: false }).catch(unless('resource_missing'))
    return
  }
  const filter = { coupon: id, active: true, limit: 100, ...(shared && { code }) }
  for await (const promotion of api.promotionCodes.list(filter))
    await api.promotionCodes.update(promotion.id, { active: false })
  if (!shared) await api.coupons.del(id).catch(unless('resource_missing'))
}

const unless = (code: string) => (error: unknown) => {
  if (isStripeError(error) && error.code === code) return undefined
  throw error
}
