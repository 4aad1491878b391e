/** What an affiliate can do beside looking. Blocks call these; the answer is already in the dashboard when they resolve. */
import type { AffiliateDashboard, PayoutMethodDetails, Statement } from '../../server/public/widget/contract.ts'
import type { Reply } from './api.ts'
import { emit } from '../host/events.ts'

/** `code` is the contract's (or `unreachable`, `offline`); `field` names the input that was wrong. */
export type Outcome = { ok: true } | { ok: false; code: string; field?: string }

export interface Actions {
  /** Where payouts go; null removes what is stored. */
  setPayoutMethod: (details: PayoutMethodDetails | null) => Promise<Outcome>
  requestPayout: (currency: string) => Promise<Outcome>
  /** A second code of the affiliate's own choice. */
  setSlug: (slug: string) => Promise<Outcome>
  /** Downloads all ledger entries as a CSV file. */
  statement: () => Promise<Outcome>
}

/** `ask` sends who is asking along; `take` shows what was answered. */
export function actionsWith(
  ask: <T>(path: string, more?: object) => Promise<Reply<T>>,
  take: (affiliate: AffiliateDashboard) => void,
): Actions {
  async function act(path: string, more: object): Promise<Outcome> {
    const answer = await ask<AffiliateDashboard>(path, more)
    if (answer.success) take(answer.data)
    return outcomeOf(answer)
  }
  return {
    setPayoutMethod: (method) => act('payout-method', { method }),
    setSlug: (slug) => act('slug', { slug }),
    async requestPayout(currency) {
      const answer = await ask<AffiliateDashboard>('payout', { currency })
      if (!answer.success) return outcomeOf(answer)
      take(answer.data)
      const { email, payout_request: asked } = answer.data
      emit('payout:requested', { email, currency, amount: asked?.amount ?? 0 })
      return { ok: true }
    },
    async statement() {
      const answer = await ask<Statement>('statement')
      if (answer.success) download(answer.data)
      return outcomeOf(answer)
    },
  }
}

export function outcomeOf(answer: Reply<unknown>): Outcome {
  if (answer.success) return { ok: true }
  // `fields.website` and `method.account` are the inputs `website` and `account`.
  const field = answer.field?.split('.').at(-1)
  return { ok: false, code: answer.code, ...(field && { field }) }
}

/** Long enough for a browser that asks first where to put the file. */
const KEPT = 60_000

function download({ filename, csv }: Statement) {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT)
}
