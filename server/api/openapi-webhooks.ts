/** The `webhooks` of the OpenAPI document: what a receiver is sent, event by event, with an example. docs/webhooks.md */
import { z } from 'zod'
import type { WebhookEvent } from '../core/news/feed.ts'
import { samplePayload } from '../core/news/sample.ts'
import { jsonSchema } from './json-schema.ts'
import type { OpenApi, Operation, Parameter } from './openapi-document.ts'

const SAMPLE_AT = '2026-11-20T09:30:00.000Z'

const Person = z.object({
  id: z.string().nullable().describe('null where nobody is known'),
  email: z.string().nullable(),
})

const Referrer = Person.extend({
  payout_preferences: z
    .object({
      paypal_email: z.string().nullable(),
      wise_details: z.object({ email: z.string() }).nullable(),
    })
    .optional()
    .describe('Where the affiliate is paid, if they named a PayPal or Wise account. Not in the feed'),
})

const conversion = {
  id: z.string().describe('conv_ and the number of the conversion'),
  amount: z.number().describe('What the customer paid, major units'),
  commission_amount: z.number().describe('Major units of the commission'),
}
const currency = z.string().nullable()

const Effect = z.object({
  conversion: z.string(),
  counted: z
    .object({ affiliate_id: z.string(), as: z.enum(['signups', 'purchases', 'other_events']), day: z.string() })
    .nullable()
    .describe('What it counts as, for whom and on which day; null: it does not count'),
  commissions: z.array(
    z.object({
      tier: z.number(),
      affiliate_id: z.string(),
      amount: z.string().describe('What the affiliate has of it now, decimal text'),
      currency: z.string(),
      release_at: z.string().nullable(),
    }),
  ),
})

/** When each is sent, and what it has beside the fields that all share. */
const EVENTS: Record<WebhookEvent, { summary: string; description: string; own: z.ZodRawShape }> = {
  referral_signed_up: {
    summary: 'Somebody signed up',
    description: 'Somebody signed up through an affiliate.',
    own: { data: z.object({ referral_code: z.string().nullable(), signup_date: z.string() }) },
  },
  referral_converted: {
    summary: 'A referred person bought',
    description: 'One event per purchase.',
    own: {
      conversion: z.object({
        ...conversion,
        currency,
        commission_type: z.enum(['percentage', 'fixed']),
        commission_rate: z.number().describe('The percentage, or the fixed amount'),
        payment_processor: z.string().nullable(),
        product_id: z.string().nullable(),
        order_id: z.string().nullable(),
        conversion_date: z.string(),
      }),
    },
  },
  referral_canceled: {
    summary: 'A purchase was taken back',
    description: 'A purchase was refunded, denied or deleted, in whole or in part.',
    own: {
      conversion: z.object({
        ...conversion,
        refund_amount: z.number().describe('What went back this time, major units'),
        reason: z.string(),
        canceled_date: z.string(),
      }),
    },
  },
  referral_updated: {
    summary: 'A conversion was changed',
    description: 'Its facts were changed, by the API or by hand.',
    own: {
      conversion: z.object({
        ...conversion,
        amount_usd: z.number().describe('The commission once more'),
        base_value: z.number(),
        currency,
        conversion_date: z.string(),
        reference: z.string().nullable(),
      }),
    },
  },
}

const payloadOf = (event: WebhookEvent, own: z.ZodRawShape) =>
  z.object({
    id: z.string().describe('The same whenever this event is sent again: skip what you have seen'),
    event: z.literal(event),
    timestamp: z.int().describe('When it happened, Unix seconds'),
    project_id: z.string(),
    test: z.literal(true).optional().describe('A made-up event, asked for by `POST /webhooks/{id}/test`'),
    referrer: Referrer,
    referred: Person,
    ...own,
    effect: Effect.optional().describe(
      'The state of the conversion after the event; it replaces what an earlier event said. Not in a test',
    ),
  })

export function webhooks(): OpenApi['webhooks'] {
  return Object.fromEntries(
    Object.entries(EVENTS).map(([name, { summary, description, own }]) => [
      name,
      { post: operationOf(name as WebhookEvent, summary, description, own) },
    ]),
  )
}

function operationOf(event: WebhookEvent, summary: string, description: string, own: z.ZodRawShape): Operation {
  const schema = jsonSchema(payloadOf(event, own), 'output')
  const example = {
    id: 'evt_1_42',
    event,
    timestamp: Date.parse(SAMPLE_AT) / 1000,
    project_id: '1',
    ...samplePayload(event, 'USD', SAMPLE_AT),
  }
  return {
    operationId: event.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    summary,
    description: `${description} Sent to the addresses of \`POST /webhooks\` that asked for it, at least once.`,
    security: [],
    parameters: HEADERS,
    requestBody: { required: true, content: { 'application/json': { schema, example } } },
    responses: ANSWERS,
  }
}

const sent = (name: string, required: boolean, description: string): Parameter => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
})

const HEADERS = [
  sent('X-Refgrow-Event', true, "The event's name"),
  sent('X-Refgrow-Delivery', true, "The delivery's number, the same in every attempt"),
  sent('X-Refgrow-Timestamp', true, 'When this attempt was sent, Unix seconds'),
  sent('X-Refgrow-Signature', false, '`sha256=` and the HMAC-SHA256 of the raw body under the secret, hexadecimal'),
  sent('webhook-id', true, 'Standard Webhooks: the same delivery'),
  sent('webhook-timestamp', true, 'Standard Webhooks: the same time'),
  sent('webhook-signature', false, 'Standard Webhooks: the signature over id, time and body'),
]

const ANSWERS: Operation['responses'] = {
  '2XX': { description: 'Received. Answer within five seconds' },
  410: { description: 'Wants no more: the webhook is disabled at once' },
  default: { description: 'Anything else is a failed attempt: it is sent again, up to eight times in about a day' },
}
