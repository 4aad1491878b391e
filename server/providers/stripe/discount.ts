/** Stripe names discounts and promotion codes by ids; only its API tells the code. */
import type { Clues } from '../../core/conversion/attribution.ts'
import type { Discount, Question } from '../provider.ts'

interface Payload {
  data?: { object?: Described } | null
}

interface Described {
  id?: unknown
  object?: string
  discounts?: unknown[] | null
}

export const discountQuestion = (payload: unknown, clues: Clues): Question | undefined =>
  discountsOf((payload as Payload).data?.object ?? {}) ?? promotionCodes(clues)

/** Asked while a webhook waits, so there is no time for a second attempt. */
const quickApi = async (...[key, timeoutMs]: Parameters<Question['ask']>) =>
  (await import('./api.ts')).stripeApi(key, timeoutMs, 0)

/** Since 2024 invoices and subscriptions name discounts by ids, which can be read only as a part of them. */
function discountsOf({ id, object, discounts }: Described): Question | undefined {
  const keys = (discounts ?? []).filter((discount) => typeof discount === 'string')
  if (keys.length === 0 || typeof id !== 'string' || (object !== 'invoice' && object !== 'subscription'))
    return undefined
  return {
    about: `the discount ${keys.join(', ')}`,
    keys,
    async ask(...asked) {
      const api = await quickApi(...asked)
      const expand = ['discounts.promotion_code']
      const read =
        object === 'invoice'
          ? await api.invoices.retrieve(id, { expand })
          : await api.subscriptions.retrieve(id, { expand })
      const known = new Map<string, Discount>()
      for (const discount of read.discounts ?? [])
        if (typeof discount === 'object' && 'source' in discount) {
          const { promotion_code: promotion, source } = discount
          const ids = [promotion, source.coupon].flatMap((part) => (typeof part === 'string' ? part : (part?.id ?? [])))
          known.set(discount.id, { codes: typeof promotion === 'object' && promotion ? [promotion.code] : [], ids })
        }
      return known
    },
  }
}

/** A checkout names its promotion code by id. */
function promotionCodes({ coupon_ids = [] }: Clues): Question | undefined {
  const keys = coupon_ids.filter((id) => id.startsWith('promo_'))
  if (keys.length === 0) return undefined
  return {
    about: `the promotion code ${keys.join(', ')}`,
    keys,
    async ask(...asked) {
      const api = await quickApi(...asked)
      const read = await Promise.all(keys.map((id) => api.promotionCodes.retrieve(id)))
      return new Map(read.map(({ id, code }) => [id, { codes: [code], ids: [] }]))
    },
  }
}
