/** Whether a body was signed with a secret. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Whether `hex` is the HMAC-SHA256 of the parts, one after the other, under the secret; compared in constant time. */
export function isHmac(hex: string, secret: string, ...parts: (string | Buffer)[]): boolean {
  if (!/^[0-9a-f]{64}$/i.test(hex)) return false
  const hmac = createHmac('sha256', secret)
  for (const part of parts) hmac.update(part)
  return timingSafeEqual(Buffer.from(hex, 'hex'), hmac.digest())
}
