/** The webhook endpoint at Stripe: made, taken over, and looked at. */
import Stripe from 'stripe'
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import type { ConnectedWebhook } from '../provider.ts'
import { stripeApi } from './api.ts'
import { setup } from './setup.ts'

type EventName = Stripe.WebhookEndpointCreateParams.EnabledEvent
const NEEDED = setup.events as EventName[]

/**
 * Makes the endpoint for the address, or takes over the one that is there: it is enabled and gets the events it lacks.
 * Events somebody else ticked stay, they are ignored here.
 * @returns undefined when there is none and none may be made
 */
export async function connectEndpoint(
  key: ProviderKey,
  address: string,
  mayMake: boolean,
): Promise<ConnectedWebhook | undefined> {
  const api = stripeApi(key)
  const found = await endpointAt(api, address)
  if (!found && !mayMake) return undefined
  if (!found) {
    const made = await api.webhookEndpoints.create({
      url: address,
      enabled_events: NEEDED,
      api_version: Stripe.API_VERSION,
      description: 'Refgrow',
    })
    return { id: made.id, secret: made.secret ?? null }
  }
  const enabled_events = [...found.enabled_events, ...missingEvents(found)] as EventName[]
  await api.webhookEndpoints.update(found.id, { enabled_events, disabled: false })
  return { id: found.id, secret: null }
}

/** What keeps the endpoint from telling what is needed, in sentences. */
export async function endpointProblems(key: ProviderKey, address: string): Promise<string[]> {
  const endpoint = await endpointAt(stripeApi(key), address)
  if (!endpoint) return [`Stripe has no webhook endpoint for ${address}; run "refgrow provider connect" again`]
  const missing = missingEvents(endpoint)
  return [
    ...(endpoint.status === 'enabled'
      ? []
      : [`The endpoint ${endpoint.id} is ${endpoint.status} at Stripe; enable it`]),
    ...(missing.length > 0 ? [`The endpoint ${endpoint.id} does not send ${missing.join(', ')}`] : []),
  ]
}

async function endpointAt(api: Stripe, address: string): Promise<Stripe.WebhookEndpoint | undefined> {
  for await (const endpoint of api.webhookEndpoints.list({ limit: 100 })) if (endpoint.url === address) return endpoint
  return undefined
}

const missingEvents = ({ enabled_events }: Stripe.WebhookEndpoint): string[] =>
  enabled_events.includes('*') ? [] : NEEDED.filter((event) => !enabled_events.includes(event))
