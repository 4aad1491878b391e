/** Whether the visitor may be remembered at all: consent by the site, and Global Privacy Control by the project. */
import { consent } from './options.ts'
import type { Settings } from './storage.ts'

/** Nothing is read, kept or sent before this is true. */
export let allowed = false

/** What the page said with `Refgrow.consent()`; undefined as long as it said nothing. */
export let answer: boolean | undefined

export function allow(yes: boolean): void {
  allowed = yes
}

export function answerConsent(yes: boolean): void {
  answer = yes
}

export const needsConsent = (): boolean => consent === 'required'

/** Global Privacy Control is a no, where the project honours it, unless the visitor said yes to this very site. */
export const objects = (settings?: Settings): boolean =>
  !answer && !!settings?.gpc && !!(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl
