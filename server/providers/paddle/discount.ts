/** Paddle names discounts by ids; only its API tells the code. */
import type { Clues } from '../../core/conversion/attribution.ts'
import { textOf } from '../payload.ts'
import type { Question } from '../provider.ts'
import { askPaddle } from './api.ts'

export function discountQuestion(_payload: unknown, { coupon_ids: [id] = [] }: Clues): Question | undefined {
  if (!id) return undefined
  return {
    about: `the discount ${id}`,
    keys: [id],
    async ask(key, timeoutMs) {
      const answer = await askPaddle(key, `/discounts/${encodeURIComponent(id)}`, timeoutMs)
      const code = textOf((answer as { data?: { code?: unknown } }).data?.code)
      return new Map([[id, { codes: code ? [code] : [], ids: [] }]])
    },
  }
}
