/** Paddle's books: completed transactions, and the adjustments that are refunds. */
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { isMissing } from '../../outbound/provider-api.ts'
import { beforehand, type Books, type Fact, factOf, PAGE_TIMEOUT_MS, secondsOf } from '../books.ts'
import { askPaddle } from './api.ts'
import { parse } from './parse.ts'

interface Row {
  id?: string
  status?: string
  created_at?: string
  updated_at?: string | null
  billed_at?: string | null
}

interface Page {
  data?: Row[]
  meta?: { pagination?: { next?: string; has_more?: boolean } }
}

export const paddleBooks = (key: ProviderKey): Books => ({
  async *sales(since) {
    const billed = new Date(since * 1000).toISOString()
    const asked = { status: 'completed', 'billed_at[GTE]': billed, order_by: 'billed_at[ASC]', per_page: '30' }
    for await (const row of rows(key, '/transactions', asked))
      yield of('transaction.completed', row, row.billed_at ?? row.created_at)
  },

  /** Newest first: what was asked for earlier may have been approved since. */
  async *refunds(since) {
    for await (const row of rows(key, '/adjustments', { action: 'refund', order_by: 'id[DESC]', per_page: '50' })) {
      if (secondsOf(row.created_at) < beforehand(since)) return
      const fact = of('adjustment.updated', row, row.updated_at ?? row.created_at, `:${row.status}`)
      if (fact.at >= since) yield fact
    }
  },

  async wasPaid(externalId) {
    try {
      const path = `/transactions/${encodeURIComponent(externalId)}`
      const { data } = (await askPaddle(key, path, PAGE_TIMEOUT_MS)) as { data?: Row }
      return data?.status === 'completed'
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  },
})

/** The next page's address is Paddle's own; only what it asks for is used. */
async function* rows(key: ProviderKey, path: string, asked: Record<string, string>): AsyncGenerator<Row> {
  for (let search = `?${new URLSearchParams(asked)}`; ;) {
    const { data = [], meta } = (await askPaddle(key, `${path}${search}`, PAGE_TIMEOUT_MS)) as Page
    yield* data
    const { next, has_more } = meta?.pagination ?? {}
    if (!has_more || !next || data.length === 0) return
    search = new URL(next).search
  }
}

function of(type: string, row: Row, at: string | undefined, state = ''): Fact {
  const event_id = `reconcile:${row.id}${state}`
  const event = { event_id, event_type: type, occurred_at: at, notification_id: null, data: row }
  return factOf(parse, { event_id, type, at: secondsOf(at) }, event)
}
