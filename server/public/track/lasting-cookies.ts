/**
 * Safari keeps a cookie that a script wrote for seven days only. Where the page and this server share a site, the answer
 * to a click re-sets the tracker's cookies by header, for their full term.
 */
import type { IncomingHttpHeaders } from 'node:http'

const VALUE = /^[A-Za-z0-9_-]{1,64}$/
const DAY = 86_400

/**
 * The Set-Cookie headers of a click's answer; none unless page and API share the cookie's domain. The values are the
 * ones the browser just sent: which code counts (first or last click) was the tracker's decision.
 * @param host the host name this request was sent to
 * @param written what the tracker says it wrote: its parameter and the attributes, `ref;path=/;max-age=7776000;domain=.shop.test`
 */
export function lastingCookies(headers: IncomingHttpHeaders, host: string, written?: string | null): string[] {
  if (!headers.cookie) return []
  const [named = '', ...rest] = (written ?? '').split(';')
  const attributes = pairsOf(rest.join(';').toLowerCase())
  const page = headers.origin ? URL.parse(headers.origin) : null
  const domain = (attributes.get('domain') ?? '').replace(/^\./, '')
  const shared = domain ? within(page?.hostname, domain) && within(host, domain) : page?.hostname === host
  if (!page || !shared) return []

  const sent = pairsOf(headers.cookie)
  const seconds = Math.min(Math.max(Math.trunc(Number(attributes.get('max-age')) || 90 * DAY), DAY), 3650 * DAY)
  const now = `; Path=/; Max-Age=${seconds}; SameSite=Lax${domain && `; Domain=${domain}`}${page.protocol === 'https:' ? '; Secure' : ''}`
  return ['refgrow_ref_code', VALUE.test(named) ? named : 'ref', 'refgrow_click'].flatMap((name) => {
    const value = sent.get(name)
    return value && VALUE.test(value) ? [`${name}=${value}${now}`] : []
  })
}

const within = (host: string | undefined, domain: string) => host === domain || Boolean(host?.endsWith(`.${domain}`))

const pairsOf = (text: string): Map<string, string> =>
  new Map(
    text.split(';').map((pair) => {
      const [name = '', ...value] = pair.trim().split('=')
      return [name, value.join('=')]
    }),
  )
