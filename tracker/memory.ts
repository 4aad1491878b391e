/** What is remembered, code and click in cookies, settings and undelivered conversions in storage, and whether it may be. */
import { consent, cookieDays, cookieDomain, param } from './options.ts'
import { safely, say } from './say.ts'

interface Settings {
  attribution?: 'first' | 'last'
  cross_domains?: string[]
  gpc?: boolean
}
type Kept = Record<string, unknown> & { settings?: Settings }

/** Nothing is read, kept or sent before this is true. */
export let allowed = false

/** What the page said with `Refgrow.consent()`; undefined as long as it said nothing. */
let answer: boolean | undefined

/** Codes and conversions this page has met: going back to one is no second click, kept ones are sent once a page. */
export const seen: Record<string, boolean> = {}

/** The domain the last cookies were accepted for; empty when only this host keeps them. */
export let acceptedDomain: string

/** Stand in for cookies and storage on pages that may not have any. */
let code: string | undefined
let click: string | undefined
export let kept: Kept = {}

/** Who was remembered before the last arrival. */
let earlier: (string | undefined)[]

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
const remember: (code?: string, click?: string) => void = safely((newCode = '', newClick = '') => {
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

const recall = safely(() => {
  kept = (JSON.parse(localStorage['refgrow_kept'] || '{}') as Kept | null) ?? {}
})

/** Keeps something for the next page; undefined removes it. */
export const keep = safely((key: string, value?: unknown) => {
  recall()
  kept[key] = value
  const text = JSON.stringify(kept)
  if (text === '{}') delete localStorage['refgrow_kept']
  else localStorage['refgrow_kept'] = text
})

const forget = safely(() => {
  remember()
  kept = {}
  delete localStorage['refgrow_kept']
})

export function setAnswer(yes: boolean): void {
  if (!yes) forget()
  answer = yes
}

export function decide(): void {
  allowed = answer ?? consent !== 'required'
  if (allowed) recall()
  obeySignal()
}

/** The browser's signal counts where the project honours it and the visitor did not say otherwise to this very site. */
function obeySignal(): void {
  const { settings } = kept
  if (!answer && settings?.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) {
    forget()
    keep('settings', settings)
    allowed = false
  }
}

const firstClickCounts = () => kept.settings?.attribution === 'first' && earlier[0]

/** Remembers who referred the visitor now, unless somebody did before and the project credits the first. */
export function credit(code: string, click: string): void {
  earlier = [heldCode(), heldClick()]
  if (firstClickCounts()) say('the first click counts')
  else remember(code, click)
}

/** The API answers a click with what the project has chosen. */
export function learn(settings?: Settings): void {
  if (!settings) return
  keep('settings', settings)
  if (firstClickCounts()) remember(...earlier)
  obeySignal()
}
