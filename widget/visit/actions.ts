/** What an affiliate can do besides looking. Blocks call these; the answer is already in the dashboard when they resolve. */
import type { AffiliateDashboard, PayoutMethodDetails, Statement } from '../../server/public/widget/contract.ts'
import { emit } from '../host/events.ts'
import { ask, outcomeOf, type Outcome } from './ask.ts'
import { withAffiliate } from './shown.ts'
import type { State } from './state.ts'

export interface Actions {
  /** Where payouts go; null removes what is stored. */
  setPayoutMethod: (details: PayoutMethodDetails | null) => Promise<Outcome>
  requestPayout: (currency: string) => Promise<Outcome>
  /** A second code of the affiliate's own choice. */
  setSlug: (slug: string) => Promise<Outcome>
  /** Downloads all ledger entries as a CSV file. */
  statement: () => Promise<Outcome>
}

export function actionsOf(state: State): Actions {
  const { shown } = state

  async function act(path: string, more: object) {
    const answer = await ask<AffiliateDashboard>(state, path, more)
    if (answer.success) shown.value = withAffiliate(shown.peek(), answer.data)
    return answer
  }

  return {
    setPayoutMethod: async (method) => outcomeOf(await act('payout-method', { method })),
    setSlug: async (slug) => outcomeOf(await act('slug', { slug })),
    async requestPayout(currency) {
      const answer = await act('payout', { currency })
      if (answer.success) {
        const { email, payout_request: asked } = answer.data
        emit('payout:requested', { email, currency, amount: asked?.amount ?? 0 })
      }
      return outcomeOf(answer)
    },
    async statement() {
      const answer = await ask<Statement>(state, 'statement')
      if (answer.success) download(answer.data)
      return outcomeOf(answer)
    },
  }
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
