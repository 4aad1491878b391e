/** Paddle's API. */
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { askJson } from '../../outbound/provider-api.ts'

const LIVE = 'https://api.paddle.com'
const SANDBOX = 'https://sandbox-api.paddle.com'

/** Paddle's sandbox is a place of its own, and its keys say so. */
export const askPaddle = (key: ProviderKey, path: string, timeoutMs: number): Promise<unknown> =>
  askJson({ title: 'Paddle', home: key.key.includes('_sdbx_') ? SANDBOX : LIVE }, key, path, timeoutMs)
