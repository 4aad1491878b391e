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
import { keyOf } from './check.ts'
import type { Discount, Question } from './provider.ts'
import { providerNamed } from './registry.ts'

/** Below the five seconds that Paddle waits for an answer. */
const TIMEOUT_MS = 3000

export async function withCodes(
  { db, sealer }: Pick<Context, 'db' | 'sealer'>,
  { project_id, provider: name, payload }: ProviderEvent,
  event: PaymentEvent,
): Promise<PaymentEvent> {
  if (!('clues' in event) || event.clues.coupon) return event
  const provider = providerNamed(name)
  const question = provider.discountQuestion?.(JSON.parse(payload), event.clues)
  if (!question) return event

  const connection = await db
    .selectFrom('provider_connection')
    .selectAll()
    .where('project_id', '=', project_id)
    .where('provider', '=', name)
    .executeTakeFirst()
  try {
    const key = connection && keyOf({ sealer }, connection)
    if (!key)
      return noted(
        event,
        `${provider.title} tells no code for ${question.about}; with a stored API key it would be asked for it`,
      )
    const found = await remembered(question, key)
    const codes = found.flatMap((discount) => discount.codes)
    const coupon_ids = [...(event.clues.coupon_ids ?? []), ...found.flatMap(({ ids }) => ids), ...codes]
    return { ...event, clues: { ...event.clues, coupon: codes[0] ?? null, coupon_ids: [...new Set(coupon_ids)] } }
  } catch (error) {
    return noted(event, `The code of ${question.about} is not known: ${provider.problemOf(error)}`)
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
    for (const [one, discount] of await question.ask(key, TIMEOUT_MS)) answers.set(nameOf(one), discount)
    for (const oldest of answers.keys()) {
      if (answers.size <= REMEMBERED) break
      answers.delete(oldest)
    }
  }
  return keys.flatMap((one) => answers.get(nameOf(one)) ?? [])
}
