/** Who referred the visitor, in cookies: the code, the same under the name of the parameter, and the id of the click. */
import { allowed } from './consent.ts'
import { cookieDays, cookieDomain, param } from './options.ts'
import { pick } from './pick.ts'
import { safely } from './say.ts'

/** What the last cookies were written with: the API writes them again, because Safari shortens the term of ours. */
export let cookieAttributes: string

/** Stands in for the cookie on pages that may not have any. */
let codeInMemory: string | undefined

export const readCookie = safely((name: string) => pick(document.cookie, name))

export const heldCode = (): string | false | undefined => allowed && (readCookie('refgrow_ref_code') || codeInMemory)

/**
 * Writes the cookies for the registrable domain. Only the browser knows which one that is: it refuses `co.uk` and
 * `github.io`, so ever longer domains are tried until one is taken. Without a code, removes them from all.
 */
export const remember: (code?: string, click?: string) => void = safely((code = '', click = '') => {
  // Older cookies of a longer domain would hide the new ones.
  if (code) remember()
  codeInMemory = code
  const cookiesBefore = document.cookie
  let domain = ''
  // From the top-level domain down to the empty label before the dot, which is the host alone.
  ;`.${location.hostname}`
    .split('.')
    // oxlint-disable-next-line no-array-reverse -- older browsers know no other
    .reverse()
    .some((label) => {
      domain = label && (cookieDomain ?? '.' + label + domain)
      const seconds = code ? (cookieDays as number) * 86_400 : 0
      cookieAttributes = `;path=/;samesite=lax;max-age=${seconds};domain=${domain}${location.protocol == 'https:' ? ';secure' : ''}`
      ;['refgrow_ref_code=' + code, param + '=' + code, 'refgrow_click=' + click].forEach(
        (pair) => (document.cookie = pair + cookieAttributes),
      )
      return code && document.cookie != cookiesBefore
    })
})
