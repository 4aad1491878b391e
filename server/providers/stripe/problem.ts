/** Stripe's errors, by their shape: what reads them is part of every process, and the SDK's classes are not. */

/** Every error of the SDK names its class in `type`, and has a `rawType`, if only undefined. */
interface StripeError extends Error {
  type: string
  rawType: string | undefined
  statusCode: number | undefined
  code: string | undefined
}

export const isStripeError = (error: unknown): error is StripeError =>
  error instanceof Error && 'rawType' in error && 'type' in error

/** What went wrong, in a sentence that never holds the key. */
export function problemOf(error: unknown): string {
  const message = withoutKeys(error instanceof Error ? error.message : String(error))
  if (!isStripeError(error)) return message
  switch (error.type) {
    case 'StripeAuthenticationError':
      return 'Stripe does not accept the secret key'
    case 'StripePermissionError':
      return `The secret key may not do this at Stripe: ${message}`
    case 'StripeConnectionError':
      return 'Stripe does not answer'
    default:
      return `Stripe refuses: ${message}`
  }
}

/** Whether asking again later may help. */
export const isPassing = (error: unknown): boolean =>
  !isStripeError(error) ||
  error.type === 'StripeConnectionError' ||
  error.type === 'StripeRateLimitError' ||
  (error.statusCode ?? 500) >= 500

/** Stripe's messages quote keys with stars. */
const withoutKeys = (text: string) => text.replace(/\b[sr]k_\S+/g, '(key)')
