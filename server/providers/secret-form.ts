/** What each provider's secrets look like, so that a wrong paste is noticed here and not by the first event that is refused. */
import { DomainError } from '../core/kit/errors.ts'
import { NEEDS } from './events-needed.ts'
import type { ProviderName } from './provider.ts'

interface Form {
  form: RegExp
  expected: string
}

const SECRETS: Record<ProviderName, Form> = {
  stripe: { form: /^whsec_[\x21-\x7e]{16,300}$/, expected: 'whsec_ and at least 16 more characters' },
  paddle: { form: /^pdl_ntfset_[\x21-\x7e]{16,300}$/, expected: 'pdl_ntfset_ and at least 16 more characters' },
  lemonsqueezy: { form: /^[\x21-\x7e]{6,40}$/, expected: '6 to 40 characters without spaces' },
  polar: { form: /^[\x21-\x7e]{8,300}$/, expected: 'at least 8 characters without spaces' },
}

const ANY_KEY: Form = { form: /^[\x21-\x7e]{8,2000}$/, expected: 'at least 8 characters without spaces' }
const STRIPE_KEY: Form = { form: /^[sr]k_[\x21-\x7e]{8,300}$/, expected: 'sk_... or rk_..., as Stripe shows it' }

/** @throws DomainError 'invalid_request' that never repeats the secret */
export function checkWebhookSecret(provider: ProviderName, secret: string): void {
  const { form, expected } = SECRETS[provider]
  if (form.test(secret) && !isPlaceholder(secret)) return
  const hint = /^[sr]k_|_apikey_|^polar_oat_/.test(secret) ? ': this is a key of the API, which --secret-key takes' : ''
  throw wrong('--webhook-secret', `${NEEDS[provider].secret} (${expected})${hint}`)
}

/** @throws DomainError 'invalid_request' that never repeats the key */
export function checkApiKey(provider: ProviderName, key: string): void {
  const { form, expected } = provider === 'stripe' ? STRIPE_KEY : ANY_KEY
  const isOther = SECRET_OF_WEBHOOK.test(key)
  if (form.test(key) && !isPlaceholder(key) && !isOther) return
  const hint = isOther
    ? ': this is the secret of a webhook, which --webhook-secret takes'
    : key.startsWith('pk_')
      ? ': this is a publishable key, the secret one is beside it'
      : ''
  throw wrong('--secret-key', `a key of ${NEEDS[provider].name}'s API (${expected})${hint}`)
}

const SECRET_OF_WEBHOOK = /^(whsec_|pdl_ntfset_|polar_whs_)/

/** `whsec_...`, copied from instructions. */
const isPlaceholder = (text: string) => /(\.\.\.|…)$/.test(text)

const wrong = (option: string, expected: string) =>
  new DomainError('invalid_request', `${option}: expected ${expected}`)
