/** Cookies that every host of the site can read, and a memory for pages that may not have any. */
import { cookieDays, cookieDomain } from './options.ts'

/** The domain the last cookie was accepted for; empty when only this host keeps it. */
export let acceptedDomain = ''

const memory: Record<string, string> = {}

export const readCookie = (name: string): string | undefined => stored(name) || memory[name]

/**
 * Writes a cookie for the registrable domain, which only the browser knows: it refuses `co.uk` and `github.io`,
 * so ever longer suffixes are tried until one is taken. Older cookies of that name would hide the new one and go first.
 * An empty value removes the cookie.
 */
export function writeCookie(name: string, value: string): void {
  memory[name] = value
  const labels = location.hostname.split('.')
  const domains = cookieDomain ? [cookieDomain] : labels.map((_, index) => labels.slice(~index).join('.'))
  try {
    for (const domain of [...domains, '']) put(name, '', domain)
    for (const domain of [...domains, '']) {
      if (stored(name) === value || !value) return
      put(name, value, (acceptedDomain = domain))
    }
  } catch {
    // A sandboxed frame refuses cookies by throwing: the memory above serves this visit.
  }
}

function put(name: string, value: string, domain: string): void {
  const seconds = value ? +cookieDays * 86_400 : 0
  const secure = location.protocol === 'https:' ? ';secure' : ''
  document.cookie = `${name}=${value};path=/;max-age=${seconds};samesite=lax;domain=${domain}${secure}`
}

function stored(name: string): string | undefined {
  try {
    return `; ${document.cookie}`.split(`; ${name}=`)[1]?.split(';')[0]
  } catch {
    return undefined
  }
}
