/** Whether a request for a link is a person opening it, by what the browser says about the request. */
import type { IncomingHttpHeaders } from 'node:http'
import type { UncountedReason } from '../../core/click/not-counted.ts'

/** Documents inside of a page, as `Sec-Fetch-Dest` names them. */
const FRAMES = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe'])

/**
 * Browsers say what they want a response for (`Sec-Fetch-Dest`, over https): an opened link is a `document`. Old browsers and
 * many inside of apps say nothing; so do all over http. They are believed.
 * @returns why it is not an opened link; undefined: it is one
 */
export function whyNotOpened(headers: IncomingHttpHeaders): UncountedReason | undefined {
  const purpose = `${String(headers['sec-purpose'] ?? '')} ${String(headers['purpose'] ?? '')} ${String(headers['x-moz'] ?? '')}`
  if (/prefetch|prerender|preview/i.test(purpose)) return 'prefetch'
  const wanted = headers['sec-fetch-dest']
  if (wanted === undefined) return undefined
  if (wanted === 'document') return undefined
  if (FRAMES.has(wanted)) return 'frame'
  return wanted === 'image' ? 'image' : 'fetch'
}
