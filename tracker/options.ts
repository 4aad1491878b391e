/** What the page wants: the attributes of the script element and what other scripts put on `window` before. */
import { pick } from './pick.ts'
import type { refgrow } from './referral.ts'

type Call = Parameters<typeof refgrow>
type Refgrow = typeof refgrow & { q?: { push(call: Call): void }; consent?: unknown }

export interface Page {
  Refgrow?: Refgrow
  RefgrowNoAutoInit?: boolean
}

export const before = (window as Page).Refgrow || (0 as Partial<Refgrow>)

interface Script {
  src?: string
  dataset?: Record<string, string | undefined>
}

/** Modules and late readers have no current script: the element that carries the project is the next best. */
export const {
  src,
  dataset: {
    projectId,
    param = 'ref',
    cookieDays = 90,
    cookieDomain,
    consent,
    api = src,
    debug = pick(location, 'refgrow_debug'),
  } = {},
} = (document.currentScript || document.querySelector('script[data-project-id]') || 0) as Script
