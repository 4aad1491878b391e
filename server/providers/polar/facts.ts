/** Polar's books: paid orders, and refunds. */
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { askJson, isMissing } from '../../outbound/provider-api.ts'
import { beforehand, type Books, type Fact, factOf, PAGE_TIMEOUT_MS, secondsOf } from '../books.ts'
import { parse } from './parse.ts'

const API = { title: 'Polar', home: 'https://api.polar.sh' }

const askPolar = (key: ProviderKey, path: string): Promise<unknown> => askJson(API, key, path, PAGE_TIMEOUT_MS)

interface Row {
  id?: string
  paid?: boolean
  status?: string
  created_at?: string
  modified_at?: string | null
}

interface Page {
  items?: Row[]
  pagination?: { max_page?: number }
}

export const polarBooks = (key: ProviderKey): Books => ({
  async *sales(since) {
    for await (const row of rows(key, '/v1/orders/', since)) if (row.paid) yield of('order.paid', row, row.created_at)
  },

  async *refunds(since) {
    for await (const row of rows(key, '/v1/refunds/', beforehand(since))) {
      const fact = of('refund.updated', row, row.modified_at ?? row.created_at, `:${row.status}`)
      if (fact.at >= since) yield fact
    }
  },

  async wasPaid(externalId) {
    try {
      const path = `/v1/orders/${encodeURIComponent(externalId)}`
      return Boolean(((await askPolar(key, path)) as Row).paid)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  },
})

/** Newest first, until they are older. */
async function* rows(key: ProviderKey, path: string, from: number): AsyncGenerator<Row> {
  for (let page = 1; ; page++) {
    const asked = new URLSearchParams({ limit: '100', page: String(page), sorting: '-created_at' })
    const { items = [], pagination } = (await askPolar(key, `${path}?${asked}`)) as Page
    for (const row of items) {
      if (secondsOf(row.created_at) < from) return
      yield row
    }
    if (page >= (pagination?.max_page ?? 1)) return
  }
}

function of(type: string, row: Row, at: string | undefined, state = ''): Fact {
  const fact = { event_id: `reconcile:${row.id}${state}`, type, at: secondsOf(at) }
  return factOf(parse, fact, { type, timestamp: at, data: row })
}
