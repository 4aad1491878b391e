/** Stripe's API through its official SDK, at the address the project's connection names. */
import Stripe from 'stripe'
import type { ProviderKey } from '../core/project/provider-connection.ts'
import { patientFetch } from './patient-fetch.ts'

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

/** What went wrong, in a sentence that never holds the key. */
export function stripeProblem(error: unknown): string {
  if (error instanceof Stripe.errors.StripeAuthenticationError) return 'Stripe does not accept the secret key'
  if (error instanceof Stripe.errors.StripePermissionError)
    return `The secret key may not do this at Stripe: ${withoutKeys(error.message)}`
  if (error instanceof Stripe.errors.StripeConnectionError) return 'Stripe does not answer'
  if (error instanceof Stripe.errors.StripeError) return `Stripe refuses: ${withoutKeys(error.message)}`
  return withoutKeys(error instanceof Error ? error.message : String(error))
}

/** Whether asking again later may help. */
export const isPassing = (error: unknown): boolean =>
  !(error instanceof Stripe.errors.StripeError) ||
  error instanceof Stripe.errors.StripeConnectionError ||
  error instanceof Stripe.errors.StripeRateLimitError ||
  (error.statusCode ?? 500) >= 500

/** Stripe's messages quote keys with stars. */
const withoutKeys = (text: string) => text.replace(/\b[sr]k_\S+/g, '(key)')
