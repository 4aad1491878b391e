/** What the page asks for: the attributes of the script element, and what other scripts put on `window` before this one. */
import { pick } from './pick.ts'

/** `Refgrow(value, type, email, details)`, as pages call it and as the stub queues it. */
export type Call = [value?: string | number, type?: string, email?: string, details?: object]

export interface Page {
  /** The stub with the calls it took, page.js, or an earlier copy of this script. */
  Refgrow?: { q?: { push(call: Call): unknown }; consent?: unknown }
  /** The page starts the tracker itself, with `Refgrow.init()`. */
  RefgrowNoAutoInit?: boolean
}

export const before = (window as Page).Refgrow

/** Modules and scripts inserted later have no current script: the element that names the project is the next best. */
const script = (document.currentScript ?? document.querySelector('script[data-project-id]')) as HTMLScriptElement | null

export const {
  projectId,
  param = 'ref',
  cookieDays = 90,
  cookieDomain,
  consent,
  api = script?.src,
  debug = pick(location.href, 'refgrow_debug'),
} = script?.dataset ?? {}
