/** Reads from the APIs of payment providers that need no SDK. */
import type { ProviderKey } from '../core/project/provider-connection.ts'
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
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await patientFetch(`${url ?? home}${path}`, {
    headers: { accept: 'application/json', authorization: `Bearer ${key}` },
    signal,
  }).catch((error: unknown) => {
    throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error })
  })
  if (!response.ok) throw new Refused(response.status)
  return response.json().catch((error: unknown) => {
    throw new Error(problemOf(error, signal, timeoutMs), { cause: error })
  })
}

function problemOf(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted) return `no whole answer within ${timeoutMs / 1000} s`
  return error instanceof SyntaxError ? 'its answer is not JSON' : (error as Error).message
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
