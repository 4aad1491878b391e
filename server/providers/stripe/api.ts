/** Stripe's API through its official SDK, at the address the project's connection names. */
import Stripe from 'stripe'
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { patientFetch } from '../../outbound/patient-fetch.ts'

/** @param timeoutMs for one request, with all its pauses when Stripe asks for them; errors of the network and 5xx are tried twice more */
export function stripeApi({ key, url }: ProviderKey, timeoutMs = 10_000, retries = 2): Stripe {
  const { protocol, hostname, port } = new URL(url ?? 'https://api.stripe.com')
  return new Stripe(key, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    ...(port && { port }),
    timeout: timeoutMs,
    maxNetworkRetries: retries,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(patientFetch),
  })
}
