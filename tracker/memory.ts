/** What is remembered: code and click in cookies, the project's choices and undelivered conversions in storage. */
import { cookieDays, cookieDomain, param } from './options.ts'
import { pick } from './pick.ts'
import { safely } from './say.ts'

/** Nothing is read, kept or sent before this is true. */
export let allowed: boolean
export const allow = (now: boolean) => (allowed = now)

/** What the last cookies were written with: for which domain, and for how long. */
export let cookieAttributes: string

/** Stand in for cookie and storage on pages that may not have any. */
let code: string | undefined
export const storage = (safely(() => localStorage)() || {}) as Record<string, string>

export const readCookie = safely((name: string) => pick(document.cookie, name))
export const heldCode = () => (allowed && (readCookie('refgrow_ref_code') || code)) as string | undefined

/**
 * Writes the cookies for the registrable domain, which only the browser knows: it refuses `co.uk` and `github.io`, so
 * ever longer suffixes are tried until one is taken, at last the host alone. Older cookies, which could hide the new
 * ones, are removed first; without a code that is all.
 */
export const remember = safely((newCode?: string, click?: string): void => {
  let domain = ''
  if (newCode) remember()
  code = newCode
  ;`.${location.hostname}`
    .split('.')
    // oxlint-disable-next-line no-array-reverse -- older browsers know no other
    .reverse()
    .some((label) => {
      domain = label && (cookieDomain || '.' + label + domain)
      cookieAttributes = `;path=/;samesite=lax;max-age=${code ? (cookieDays as number) * 86_400 : 0};domain=${domain};${
        location.protocol > 'http:' && 'secure'
      }`
      ;['refgrow_ref_code=' + code, param + '=' + code, 'refgrow_click=' + click].forEach(
        (pair) => (document.cookie = pair + cookieAttributes),
      )
      return code && readCookie('refgrow_click') === click
    })
})

/**
 * Whether the project has chosen something, or a link carries the code on. Its choices came with the answer to an earlier
 * click as one regular expression, which matches the names of choices and the addresses of the company's other sites.
 */
export const chosen = safely((what: string) => what.match(storage['refgrow'] || '^$'))
