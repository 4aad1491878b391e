/** Reads from the APIs of payment providers that need no SDK. */
import type { ProviderKey } from '../core/project/provider-connection.ts'
import { patientFetch } from './patient-fetch.ts'

export interface ProviderApi {
  /** As people call the provider. */
  title: string
  /** Where its API is, unless the connection names another address. */
  home: string
}

/** @throws Error with a sentence: no answer in time, or a refusal */
export async function askJson(
  { title, home }: ProviderApi,
  { key, url }: ProviderKey,
  path: string,
  timeoutMs: number,
): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await patientFetch(`${url ?? home}${path}`, {
    headers: { accept: 'application/json', authorization: `Bearer ${key}` },
    signal,
  }).catch((error: unknown) => {
    throw new Error(`${title} gave no answer within ${timeoutMs / 1000} s`, { cause: error })
  })
  if (!response.ok) throw new Refused(title, response.status)
  return response.json().catch((error: unknown) => {
    if (signal.aborted) throw new Error(`${title} gave no whole answer within ${timeoutMs / 1000} s`, { cause: error })
    if (error instanceof SyntaxError) throw new Error(`The answer of ${title} is not JSON`, { cause: error })
    throw error
  })
}

class Refused extends Error {
  readonly status: number

  constructor(title: string, status: number) {
    super(
      status === 401 || status === 403 ? `${title} does not accept the key (${status})` : `${title} answered ${status}`,
    )
    this.status = status
  }
}

/** It has nothing under that id. */
export const isMissing = (error: unknown): boolean => error instanceof Refused && error.status === 404

/** What went wrong: the errors here are sentences already. */
export const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
