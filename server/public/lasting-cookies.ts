/**
 * Safari keeps a cookie that a script wrote for seven days only. Where the page and this server share a site, the answer
 * to a click re-sets the tracker's cookies by header, for their full term.
 */
import type { IncomingHttpHeaders } from 'node:http'

export interface CookieWish {
  /** The domain the tracker's cookie was accepted for; empty when only the page's own host keeps it. */
  cookie_domain?: string | null | undefined
  cookie_days?: number | null | undefined
  param?: string | null | undefined
}

const VALUE = /^[A-Za-z0-9_-]{1,64}$/

/**
 * The Set-Cookie headers of a click's answer; none unless page and API share the cookie's domain. The values are the
 * ones the browser just sent: which code counts (first or last click) was the tracker's decision.
 * @param host the host name this request was sent to
 */
export function lastingCookies(headers: IncomingHttpHeaders, host: string, wish: CookieWish): string[] {
  if (!headers.cookie) return []
  const page = headers.origin && URL.canParse(headers.origin) ? new URL(headers.origin) : undefined
  const domain = (wish.cookie_domain ?? '').replace(/^\./, '').toLowerCase()
  const param = VALUE.test(wish.param ?? '') ? wish.param : 'ref'
  const shared = domain ? within(page?.hostname, domain) && within(host, domain) : page?.hostname === host
  if (!page || !shared) return []

  const sent = cookiesOf(headers.cookie)
  const days = Math.min(Math.max(Math.trunc(wish.cookie_days ?? 90), 1), 3650)
  const rest = `; Path=/; Max-Age=${days * 86_400}; SameSite=Lax${domain && `; Domain=${domain}`}${page.protocol === 'https:' ? '; Secure' : ''}`
  return ['refgrow_ref_code', `${param}`, 'refgrow_click'].flatMap((name) => {
    const value = sent.get(name)
    return value && VALUE.test(value) ? [`${name}=${value}${rest}`] : []
  })
}

const within = (host: string | undefined, domain: string) => host === domain || Boolean(host?.endsWith(`.${domain}`))

const cookiesOf = (header: string | undefined): Map<string, string> =>
  new Map(
    (header ?? '').split(';').map((pair) => {
      const [name = '', ...value] = pair.trim().split('=')
      return [name, value.join('=')]
    }),
  )
