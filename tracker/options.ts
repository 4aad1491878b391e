/** What the page wants: the attributes of the script element and what other scripts put on `window` before. */
import type { refgrow } from './referral.ts'

type Call = Parameters<typeof refgrow>
type Refgrow = typeof refgrow & {
  q?: { push(call: Call): void }
  consent?: unknown
  init?: () => void
  reset?: () => void
}

export const page = window as unknown as { Refgrow?: Refgrow; RefgrowNoAutoInit?: boolean }
export const before = page.Refgrow

/** Modules and late readers have no current script: the element that carries the project is the next best. */
const selector = 'script[data-project-id]'
const script = document.currentScript?.closest<HTMLElement>(selector) ?? document.querySelector<HTMLElement>(selector)

export const {
  projectId,
  param = 'ref',
  cookieDays = 90,
  cookieDomain,
  consent,
  api = (script as HTMLScriptElement | null)?.src,
  debug,
} = (script?.dataset ?? {}) as Record<string, string | undefined>
