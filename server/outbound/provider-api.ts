/** Reads from the APIs of payment providers that need no SDK. */
import type { ProviderKey } from '../core/provider-connection.ts'
import { patientFetch } from './patient-fetch.ts'

const BASE = {
  paddle: 'https://api.paddle.com',
  lemonsqueezy: 'https://api.lemonsqueezy.com',
  polar: 'https://api.polar.sh',
}

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
  if (!response.ok) throw new Refused(response.status)
  return response.json()
}

class Refused extends Error {
  readonly status: number

  constructor(status: number) {
    super(status === 401 || status === 403 ? `it does not accept the key (${status})` : `it answered ${status}`)
    this.status = status
  }
}

/** It has nothing under that id. */
export const isMissing = (error: unknown): boolean => error instanceof Refused && error.status === 404
