/** Reads from the APIs of payment providers that need no SDK. */
import type { ProviderKey } from '../core/provider-connection.ts'
import { patientFetch } from './patient-fetch.ts'

const BASE = { paddle: 'https://api.paddle.com', lemonsqueezy: 'https://api.lemonsqueezy.com' }

/** @throws Error with a sentence: no answer in time, or a refusal */
export async function askJson(
  provider: keyof typeof BASE,
  { key, url }: ProviderKey,
  path: string,
  timeoutMs: number,
): Promise<unknown> {
  // Paddle's sandbox is a place of its own, and its keys say so.
  const home = provider === 'paddle' && key.includes('_sdbx_') ? 'https://sandbox-api.paddle.com' : BASE[provider]
  const response = await patientFetch(`${url ?? home}${path}`, {
    headers: { accept: 'application/json', authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error })
  })
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  return response.json()
}
