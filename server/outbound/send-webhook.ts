/** Sends one delivery, signed, and tells what came of it. */
import type { Context } from '../context.ts'
import type { Attempt, Claim } from '../core/news/attempt.ts'
import { guardedPost, type Post } from './guarded-request.ts'
import { webhookHeaders, withoutSignatures } from './webhook-signature.ts'

export type SendOptions = Pick<Post, 'timeoutMs' | 'lookup'>

/** Never throws: a secret that cannot be opened is a failed attempt like any other. */
export async function sendWebhook(
  { clock, sealer }: Pick<Context, 'clock' | 'sealer'>,
  { delivery, endpoint, privateTargets }: Claim,
  options: SendOptions = {},
): Promise<Attempt> {
  const at = clock.now()
  const { body } = delivery
  const message = { delivery: String(delivery.id), event: delivery.event_type, body, at }
  let headers: Record<string, string>
  try {
    const secret = endpoint.secret_sealed === null ? null : sealer.open(endpoint.secret_sealed)
    headers = webhookHeaders({ ...message, secret })
  } catch (error) {
    return {
      at,
      request_headers: {},
      response_status: null,
      response_body: null,
      latency_ms: 0,
      error: error instanceof Error ? error.message : String(error),
      retry_after: null,
    }
  }
  const answer = await guardedPost({ url: endpoint.url, headers, body, privateTargets, ...options })
  return {
    at,
    request_headers: withoutSignatures(headers),
    response_status: answer.status,
    response_body: answer.body,
    latency_ms: answer.latencyMs,
    error: answer.error,
    retry_after: answer.retryAfter,
  }
}
