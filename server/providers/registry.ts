/** The payment providers. None of them loads an SDK before it is used, because this list is part of every process and every command. */
import { DomainError } from '../core/kit/errors.ts'
import { lemonsqueezy } from './lemonsqueezy/lemonsqueezy.ts'
import { paddle } from './paddle/paddle.ts'
import { polar } from './polar/polar.ts'
import type { Provider } from './provider.ts'
import { stripe } from './stripe/stripe.ts'

export const PROVIDERS = { stripe, paddle, lemonsqueezy, polar }

export type ProviderName = keyof typeof PROVIDERS
export const PROVIDER_NAMES = Object.keys(PROVIDERS) as ProviderName[]

/** @throws DomainError 'unknown_provider' */
export function providerNamed(name: string): Provider {
  const known = PROVIDER_NAMES.find((candidate) => candidate === name)
  if (known) return PROVIDERS[known]
  throw new DomainError('unknown_provider', `Unknown provider "${name}"; expected one of ${PROVIDER_NAMES.join(', ')}`)
}
