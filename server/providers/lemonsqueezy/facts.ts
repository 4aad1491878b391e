/** Lemon Squeezy's books: orders and subscription invoices, each with what of it was given back so far. */
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { isMissing } from '../../outbound/provider-api.ts'
import { beforehand, type Books, type Fact, factOf, PAGE_TIMEOUT_MS, secondsOf } from '../books.ts'
import { askLemonSqueezy } from './api.ts'
import { parse } from './parse.ts'

interface Row {
  id?: string
  type?: string
  attributes?: {
    status?: string
    billing_reason?: string
    created_at?: string
    refunded_at?: string | null
    refunded_amount?: number | null
    refunded?: boolean | null
    test_mode?: boolean
  }
}

interface Page {
  data?: Row[]
  meta?: { page?: { lastPage?: number } }
}

const COLLECTIONS = ['orders', 'subscription-invoices'] as const
const PAID = new Set(['paid', 'refunded', 'partial_refund'])

export const lemonsqueezyBooks = (key: ProviderKey): Books => ({
  async *sales(since) {
    for await (const row of rows(key, beforehand(since)))
      if (secondsOf(row.attributes?.created_at) >= since)
        yield of(row, row.type === 'orders' ? 'order_created' : 'subscription_payment_success')
  },

  async *refunds(since) {
    for await (const row of rows(key, beforehand(since))) {
      const { refunded, refunded_amount, refunded_at } = row.attributes ?? {}
      if ((refunded || refunded_amount) && secondsOf(refunded_at) >= since)
        yield of(row, row.type === 'orders' ? 'order_refunded' : 'subscription_payment_refunded')
    }
  },

  async wasPaid(externalId) {
    const isInvoice = externalId.startsWith('invoice-')
    const id = encodeURIComponent(isInvoice ? externalId.slice('invoice-'.length) : externalId)
    try {
      const path = `/v1/${isInvoice ? 'subscription-invoices' : 'orders'}/${id}`
      const { data } = (await askLemonSqueezy(key, path, PAGE_TIMEOUT_MS)) as { data?: Row }
      return PAID.has(data?.attributes?.status ?? '')
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  },
})

/** Paid orders, and paid invoices but the first, which are orders. The lists know no dates: they end where they are older. */
async function* rows(key: ProviderKey, from: number): AsyncGenerator<Row> {
  for (const collection of COLLECTIONS)
    for (let number = 1; ; number++) {
      const page = new URLSearchParams({ 'page[size]': '100', 'page[number]': String(number) })
      const answer = await askLemonSqueezy(key, `/v1/${collection}?${page}`, PAGE_TIMEOUT_MS)
      const { data = [], meta } = answer as Page
      for (const row of data) {
        const { status = '', billing_reason } = row.attributes ?? {}
        if (PAID.has(status) && billing_reason !== 'initial') yield row
      }
      const made = data.map(({ attributes }) => secondsOf(attributes?.created_at))
      const newestFirst = made.every((at, index) => index === 0 || at <= (made[index - 1] ?? at))
      const older = newestFirst && made.length > 0 && made.every((at) => at < from)
      if (older || number >= (meta?.page?.lastPage ?? 1)) break
    }
}

/** Custom data is told by webhooks only. A change of the object is not when it was paid. */
function of(row: Row, event_name: string): Fact {
  const { attributes = {} } = row
  const refunded = event_name.endsWith('refunded')
  const state = refunded ? `:${attributes.refunded_amount ?? 'all'}` : ''
  const at = refunded ? attributes.refunded_at : attributes.created_at
  const event = {
    meta: { event_name, test_mode: Boolean(attributes.test_mode) },
    data: { ...row, attributes: { ...attributes, updated_at: at } },
  }
  const fact = { event_id: `reconcile:${row.type}-${row.id}${state}`, type: event_name, at: secondsOf(at) }
  return factOf(parse, fact, event)
}
