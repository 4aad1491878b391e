/** A Lemon Squeezy order tells that there was a discount; only the API tells its code. */
import { optionalId, textOf } from '../payload.ts'
import type { Question } from '../provider.ts'
import { askLemonSqueezy } from './api.ts'

interface Payload {
  meta?: { event_name?: string } | null
  data?: { id?: unknown; attributes?: { discount_total?: unknown } | null } | null
}

interface Redemptions {
  data?: { attributes?: { discount_code?: unknown } }[]
}

export function discountQuestion(payload: unknown): Question | undefined {
  const { meta, data } = payload as Payload
  if (meta?.event_name !== 'order_created' || !(Number(data?.attributes?.discount_total) > 0)) return undefined
  const order = optionalId(data?.id) ?? ''
  const name = `order ${order}`
  return {
    about: `the discount of ${name}`,
    keys: [name],
    async ask(key, timeoutMs) {
      const path = `/v1/discount-redemptions?${new URLSearchParams({ 'filter[order_id]': order })}`
      const { data: redemptions = [] } = (await askLemonSqueezy(key, path, timeoutMs)) as Redemptions
      const codes = redemptions.flatMap(({ attributes }) => textOf(attributes?.discount_code) ?? [])
      return new Map([[name, { codes, ids: [] }]])
    },
  }
}
