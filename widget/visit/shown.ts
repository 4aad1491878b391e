/** What a visitor sees: one of four things, and what has to be known about that one. */
import type { AffiliateDashboard, Dashboard, Program } from '../../server/public/widget/contract.ts'
import { complete, completeAffiliate, isCurrent } from './complete.ts'

export type Shown = { kind: 'loading' } | { kind: 'problem'; code: string } | Door | OpenDashboard

/** What the API said last. */
interface Answered {
  program: Program
  /** The answer's tag; empty where it is not known. */
  etag: string
  /** When it was answered, ms. */
  at: number
  /** Does this API tell of changes? */
  streams: boolean
}

/** Somebody who is no affiliate here, or has not proven to be one. */
export interface Door extends Answered {
  kind: 'door'
  /** Does the host page vouch for them? */
  proven: boolean
}

export interface OpenDashboard extends Answered {
  kind: 'dashboard'
  affiliate: AffiliateDashboard
  ended: EndedLogin | null
}

/** The log-in has ended; `urgent`: somebody wanted to do something with it. Their dashboard is shown all the same. */
export interface EndedLogin {
  email: string
  urgent: boolean
}

export function shownBy(answer: Dashboard, etag = ''): Door | OpenDashboard {
  const { program, proven, affiliate } = complete(answer)
  const answered = { program, etag, at: Date.now(), streams: isCurrent(answer) }
  return affiliate ? { kind: 'dashboard', ...answered, affiliate, ended: null } : { kind: 'door', ...answered, proven }
}

/** The same with an affiliate who joined or changed something: which tag that has is not known. */
export function withAffiliate(shown: Shown, affiliate: AffiliateDashboard): Shown {
  if (!('program' in shown)) return shown
  return { ended: null, ...shown, kind: 'dashboard', etag: '', affiliate: completeAffiliate(affiliate) }
}

/** Whose dashboard it is; empty: it is none. */
export const addressIn = (shown: Shown): string => (shown.kind === 'dashboard' ? shown.affiliate.email : '')
