/** May the visitor be remembered? The page answers with `Refgrow.consent()`, or their browser by a signal. */
import { consent } from './options.ts'
import { choices } from './storage.ts'

/** Undefined as long as nobody answered. */
export let answer: boolean | undefined

/** Nothing is read, kept or sent while this is false. */
export let allowed: boolean

/** @returns the answer */
export const setAnswer = (yes: boolean): boolean => (answer = yes)

/** Decides again whether the tracker may work: not before a prerendered page is shown. */
export const decide = (): void => {
  // The signal counts where the project honors it and the visitor did not answer this very site.
  if (choices()?.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) answer ??= false
  allowed = !(document as { prerendering?: boolean }).prerendering && (answer ?? !consent)
}
