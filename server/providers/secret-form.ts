/** Whether a secret looks like what was asked for, so that a wrong paste is noticed here and not by the first event that is refused. */
import { DomainError } from '../core/kit/errors.ts'
import type { Form, Provider, Setup } from './provider.ts'
import { PROVIDERS } from './registry.ts'

/** @throws DomainError 'invalid_request' that never repeats the secret */
export function checkWebhookSecret({ setup }: Provider, secret: string): void {
  if (fits(setup.secret, secret)) return
  const hint = isAnyOf('apiKey', secret) ? ': this is a key of the API, which --secret-key takes' : ''
  throw wrong('--webhook-secret', `${setup.secret.name} (${setup.secret.expected})${hint}`)
}

/** @throws DomainError 'invalid_request' that never repeats the key */
export function checkApiKey({ title, setup }: Provider, key: string): void {
  const isOther = isAnyOf('secret', key)
  if (fits(setup.apiKey, key) && !isOther) return
  const hint = isOther
    ? ': this is the secret of a webhook, which --webhook-secret takes'
    : key.startsWith('pk_')
      ? ': this is a publishable key, the secret one is beside it'
      : ''
  throw wrong('--secret-key', `a key of ${title}'s API (${setup.apiKey.expected})${hint}`)
}

const fits = ({ form }: Form, text: string): boolean => form.test(text) && !isPlaceholder(text)

/** `whsec_...`, copied from instructions. */
const isPlaceholder = (text: string) => /(\.\.\.|…)$/.test(text)

/** One of any provider's: they are mistaken for each other. */
const isAnyOf = (kind: 'secret' | 'apiKey', text: string): boolean =>
  Object.values(PROVIDERS).some(({ setup }: { setup: Setup }) => setup[kind].mark?.test(text))

const wrong = (option: string, expected: string) =>
  new DomainError('invalid_request', `${option}: expected ${expected}`)
