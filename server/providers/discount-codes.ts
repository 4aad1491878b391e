/**
 * The code behind a discount that an event names only by an id. With a stored API key the provider is asked, before anything
 * is written; what could not be learned becomes a note of the decision, and never holds up the sale.
 */
import { hash } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Clues } from '../core/conversion/attribution.ts'
import type { PaymentEvent } from '../core/payment/event.ts'
import type { ProviderKey } from '../core/project/provider-connection.ts'
import type { ProviderEvent } from '../db/schema.ts'
import { askJson } from '../outbound/provider-api.ts'
import { stripeApi, stripeProblem } from '../outbound/stripe-api.ts'
import { keyOf } from './check.ts'
import { NEEDS } from './events-needed.ts'
import { optionalId, textOf } from './payload.ts'
import type { ProviderName } from './provider.ts'

/** Below the five seconds that Paddle waits for an answer. */
const TIMEOUT_MS = 3000

/** The typed code, and the provider's ids of promotion code and coupon. */
interface Discount {
  codes: string[]
  ids: string[]
}

interface Question {
  /** What is asked about, as the provider calls it. */
  about: string
  /** Each of these has an answer that never changes. */
  keys: string[]
  /** @returns an answer per key it knows */
  ask(key: ProviderKey): Promise<Map<string, Discount>>
}

export async function withCodes(
  { db, sealer }: Pick<Context, 'db' | 'sealer'>,
  { project_id, provider, payload }: ProviderEvent,
  event: PaymentEvent,
): Promise<PaymentEvent> {
  if (!('clues' in event) || event.clues.coupon) return event
  const question = QUESTIONS[provider as ProviderName]?.(JSON.parse(payload) as Payload, event.clues)
  if (!question) return event

  const connection = await db
    .selectFrom('provider_connection')
    .selectAll()
    .where('project_id', '=', project_id)
    .where('provider', '=', provider)
    .executeTakeFirst()
  const { name } = NEEDS[provider as ProviderName]
  try {
    const key = connection && keyOf({ sealer }, connection)
    if (!key)
      return noted(event, `${name} tells no code for ${question.about}; with a stored API key it would be asked for it`)
    const found = await remembered(question, key)
    const codes = found.flatMap((discount) => discount.codes)
    const coupon_ids = [...(event.clues.coupon_ids ?? []), ...found.flatMap(({ ids }) => ids), ...codes]
    return { ...event, clues: { ...event.clues, coupon: codes[0] ?? null, coupon_ids: [...new Set(coupon_ids)] } }
  } catch (error) {
    return noted(event, `The code of ${question.about} is not known: ${stripeProblem(error)}`)
  }
}

const noted = <Event extends PaymentEvent & { clues: Clues }>(event: Event, note: string): Event => ({
  ...event,
  clues: { ...event.clues, notes: [...(event.clues.notes ?? []), note] },
})

/** What was answered before, of at most so many discounts; the oldest is forgotten first. */
const answers = new Map<string, Discount>()
const REMEMBERED = 5000

async function remembered(question: Question, key: ProviderKey): Promise<Discount[]> {
  const { keys } = question
  const account = hash('sha256', `${key.url} ${key.key}`)
  const nameOf = (one: string) => `${account} ${one}`
  if (keys.some((one) => !answers.has(nameOf(one)))) {
    for (const [one, discount] of await question.ask(key)) answers.set(nameOf(one), discount)
    for (const oldest of answers.keys()) {
      if (answers.size <= REMEMBERED) break
      answers.delete(oldest)
    }
  }
  return keys.flatMap((one) => answers.get(nameOf(one)) ?? [])
}

interface Payload {
  meta?: { event_name?: string }
  data?: {
    id?: unknown
    attributes?: { discount_total?: unknown }
    object?: { id?: unknown; object?: string; discounts?: unknown[] | null }
  }
}

const QUESTIONS: Record<ProviderName, ((payload: Payload, clues: Clues) => Question | undefined) | undefined> = {
  stripe: (payload, clues) => discountsOfStripe(payload.data?.object ?? {}) ?? promotionCodes(clues),
  paddle: (_, { coupon_ids: [id] = [] }) => (id ? discountOfPaddle(id) : undefined),
  lemonsqueezy: ({ meta, data }) =>
    meta?.event_name === 'order_created' && Number(data?.attributes?.discount_total) > 0
      ? redemptionsOf(optionalId(data?.id) ?? '')
      : undefined,
  // Tells the code itself.
  polar: undefined,
}

/** Since 2024 invoices and subscriptions name discounts by ids, which can be read only as a part of them. */
function discountsOfStripe({ id, object, discounts }: NonNullable<NonNullable<Payload['data']>['object']>) {
  const keys = (discounts ?? []).filter((discount) => typeof discount === 'string')
  if (keys.length === 0 || typeof id !== 'string' || (object !== 'invoice' && object !== 'subscription'))
    return undefined
  return {
    about: `the discount ${keys.join(', ')}`,
    keys,
    async ask(key: ProviderKey) {
      const api = stripeApi(key, TIMEOUT_MS, 0)
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
    async ask(key) {
      const api = stripeApi(key, TIMEOUT_MS, 0)
      const read = await Promise.all(keys.map((id) => api.promotionCodes.retrieve(id)))
      return new Map(read.map(({ id, code }) => [id, { codes: [code], ids: [] }]))
    },
  }
}

const discountOfPaddle = (id: string): Question => ({
  about: `the discount ${id}`,
  keys: [id],
  async ask(key) {
    const { data } = (await askJson('paddle', key, `/discounts/${encodeURIComponent(id)}`, TIMEOUT_MS)) as {
      data?: { code?: unknown }
    }
    const code = textOf(data?.code)
    return new Map([[id, { codes: code ? [code] : [], ids: [] }]])
  },
})

const redemptionsOf = (order: string): Question => ({
  about: `the discount of order ${order}`,
  keys: [`order ${order}`],
  async ask(key) {
    const path = `/v1/discount-redemptions?${new URLSearchParams({ 'filter[order_id]': order })}`
    const { data = [] } = (await askJson('lemonsqueezy', key, path, TIMEOUT_MS)) as {
      data?: { attributes?: { discount_code?: unknown } }[]
    }
    const codes = data.flatMap(({ attributes }) => textOf(attributes?.discount_code) ?? [])
    return new Map([[`order ${order}`, { codes, ids: [] }]])
  },
})
