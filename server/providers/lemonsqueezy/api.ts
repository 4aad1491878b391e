/** Lemon Squeezy's API. */
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { askJson } from '../../outbound/provider-api.ts'

const API = { title: 'Lemon Squeezy', home: 'https://api.lemonsqueezy.com' }

export const askLemonSqueezy = (key: ProviderKey, path: string, timeoutMs: number): Promise<unknown> =>
  askJson(API, key, path, timeoutMs)
