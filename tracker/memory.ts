/** What is remembered: the code and its click in cookies, the project's settings and undelivered conversions in storage. */
import { cookieDays, cookieDomain, param } from './options.ts'
import { allowed } from './referral.ts'
import { safely } from './say.ts'

export interface Settings {
  attribution?: 'first' | 'last'
  cross_domains?: string[]
  gpc?: boolean
}
type Kept = Record<string, unknown> & { settings?: Settings }

/** The domain the last cookies were accepted for; empty when only this host keeps them. */
export let acceptedDomain: string

/** Stand in for cookies and storage on pages that may not have any. */
let code: string | undefined
let click: string | undefined
export let kept: Kept = {}

/** Finds `name=value` in an address or in cookies. A value of other letters than a code may have is none. */
export const pick = (text: string | undefined, name: string): string | undefined =>
  new RegExp(`(^|[?& ])${name}=([\\w-]{1,64})($|[;&#])`).exec(text!)?.[2]

const readCookie = safely((name: string) => pick(document.cookie, name))
export const heldCode = (): string | undefined => (allowed ? readCookie('refgrow_ref_code') || code : undefined)
export const heldClick = (): string | undefined => readCookie('refgrow_click') || click

/**
 * Writes the cookies for the registrable domain, which only the browser knows: it refuses `co.uk` and `github.io`, so
 * ever longer suffixes are tried until one is taken. Older cookies, which could hide the new ones, are removed first;
 * without a code that is all.
 */
export const remember: (code?: string, click?: string) => void = safely((newCode = '', newClick = '') => {
  if (newCode) remember()
  code = newCode
  click = newClick
  const labels = location.hostname.split('.')
  for (const domain of [...labels.map((_, index) => cookieDomain || labels.slice(~index).join('.')), '']) {
    if (code && readCookie('refgrow_click') === click) return
    acceptedDomain = domain
    for (const pair of [`refgrow_ref_code=${code}`, `${param}=${code}`, `refgrow_click=${click}`]) {
      document.cookie = `${pair};path=/;samesite=lax;domain=${domain};max-age=${code ? +cookieDays * 86_400 : 0}${
        location.protocol === 'https:' ? ';secure' : ''
      }`
    }
  }
})

export const recall = safely(() => {
  kept = (JSON.parse(localStorage['refgrow_kept'] || '{}') as Kept | null) ?? {}
})

/** Keeps something for the next page; undefined removes it. */
export const keep = safely((key: string, value?: unknown) => {
  recall()
  kept[key] = value
  localStorage['refgrow_kept'] = JSON.stringify(kept)
})

export const forget = safely(() => {
  remember()
  kept = {}
  delete localStorage['refgrow_kept']
})
