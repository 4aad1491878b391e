/** What the double knows and how it answers: programmes by name, sessions, and what affiliates changed since the last reset. */
import { createHash } from 'node:crypto'
import type {
  AffiliateDashboard,
  Answer,
  CodeSent,
  Dashboard,
  DashboardRequest,
  Identity,
  Joined,
  JoinRequest,
  LoggedIn,
  LoginRequest,
  PayoutMethodDetails,
  PayoutMethodRequest,
  PayoutRequest,
  SlugRequest,
  Statement,
} from '../../server/public/widget/contract.ts'
import { affiliate, DASHBOARDS, nothing, TODAY } from './fixtures.ts'

export const GOOD_HASH = 'a'.repeat(64)
/** The one code that every address is sent. */
export const CODE = '314159'
const INVITE = 'welcome'

export type Ask = Identity & Partial<DashboardRequest & JoinRequest & LoginRequest>

export interface Desk {
  answer: (path: string, ask: Ask) => Answer<unknown>
  /** Changes a programme's affiliate and tells the dashboards that look. */
  change: (project: string, change: (affiliate: AffiliateDashboard) => void) => void
  /** All log-ins end. */
  expire: () => void
  /** Calls back at every change of the programme, until the answer is called. */
  watch: (project: string, listener: () => void) => () => void
  reset: () => void
}

export const ERRORS: Record<string, [number, string]> = {
  invalid_request: [400, 'Something in the request is not right'],
  session_expired: [401, 'The session is over'],
  wrong_hash: [403, 'The user hash does not match'],
  wrong_code: [403, 'The code is not right'],
  invite_needed: [403, 'An invitation is needed'],
  project_not_found: [404, 'Project not found'],
  code_taken: [409, 'Somebody else has this code'],
  nothing_to_pay: [409, 'There is nothing to pay'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Internal error'],
}

const failure = (code: string, field?: string) => ({
  success: false as const,
  error: ERRORS[code]![1],
  code,
  ...(field && { field }),
})
const success = <T>(data: T) => ({ success: true as const, data })

export const etagOf = (answer: Answer<unknown>) =>
  `"${createHash('sha256').update(JSON.stringify(answer)).digest('hex').slice(0, 16)}"`

export function openDesk(): Desk {
  const changed = new Map<string, Dashboard>()
  const sessions = new Map<string, string>()
  /** Of the codes that were sent: to which address. */
  const challenges = new Map<string, string>()
  const watchers = new Map<string, Set<() => void>>()
  let issued = 0

  function programmeOf({ project_id: id }: Ask): Dashboard | undefined {
    const name = String(id)
    const found = changed.get(name) ?? structuredClone(DASHBOARDS[name])
    if (found) changed.set(name, found)
    return found
  }

  /** Whose dashboard it is, or why there is none; a hash beats a token. */
  function visitorOf(ask: Ask) {
    const code = Object.entries(ERRORS).find(([, [status]]) => String(status) === String(ask.project_id))?.[0]
    if (code) return failure(code)
    const known = programmeOf(ask)
    if (!known) return failure('project_not_found')
    if (ask.hash && ask.hash !== GOOD_HASH) return failure('wrong_hash')
    if (ask.token && !sessions.has(ask.token)) return failure('session_expired')
    if (known.program.signup.verification && !ask.hash) return failure('wrong_hash')
    return { known, email: ask.hash ? ask.email : ask.token && sessions.get(ask.token) }
  }

  const opened = (known: Dashboard, email: string | undefined): Dashboard => ({
    ...known,
    proven: Boolean(email),
    affiliate: email && known.affiliate ? { ...known.affiliate, email } : null,
  })

  type Visited = { known: Dashboard; email?: string | undefined }

  function join(ask: Ask, { known, email: vouched }: Visited): Answer<Joined | CodeSent> {
    const { signup } = known.program
    if (signup.mode === 'invite' && ask.invite !== INVITE) return failure('invite_needed')
    if (ask.fields?.website?.includes('refused')) return failure('invalid_request', 'fields.website')
    if (!vouched) return success(sendCode(ask))
    const made = member(ask.email!, known)
    return success({ referral_code: made.referral_code, status: made.status, affiliate: made })
  }

  function member(email: string, known: Dashboard): AffiliateDashboard {
    const status = known.program.signup.mode === 'approval' ? 'pending' : 'active'
    return (known.affiliate = affiliate({ email, status, ...nothing }))
  }

  function sendCode({ email }: Ask): CodeSent {
    const challenge = `challenge-${(issued += 1)}`
    challenges.set(challenge, email!)
    return { challenge, minutes: 10 }
  }

  /** Everybody but Ann is new here. */
  function login({ email, code, challenge, join: form, project_id }: Ask, known: Dashboard): Answer<LoggedIn> {
    const asked = challenges.get(challenge ?? '') === email
    if (!asked || code?.replaceAll(/\s/g, '') !== CODE) return failure('wrong_code', 'code')
    const joined = form !== undefined && !email!.startsWith('ann')
    if (joined) member(email!, known)
    const token = `token-${(issued += 1)}-of-${project_id}`
    sessions.set(token, email!)
    return success({ token, joined, dashboard: opened(known, email) })
  }

  function act(path: string, ask: Ask, own: AffiliateDashboard): Answer<AffiliateDashboard> {
    if (path === 'payout-method') {
      const { method } = ask as unknown as PayoutMethodRequest
      if (method?.kind === 'bank' && method.account.length < 8) return failure('invalid_request', 'method.account')
      own.payout_method = method && { kind: method.kind, masked: masked(method) }
    }
    if (path === 'payout') {
      const { currency } = ask as unknown as PayoutRequest
      const balance = own.balances.find((one) => one.currency === currency)
      if (!balance?.eligible) return failure('nothing_to_pay')
      own.payout_request = { currency, amount: balance.eligible, at: `${TODAY}T12:00:00.000Z` }
    }
    if (path === 'slug') {
      const { slug } = ask as unknown as SlugRequest
      if (slug.startsWith('taken')) return failure('code_taken', 'slug')
      own.slug = slug
    }
    return success(own)
  }

  return {
    answer(path, ask) {
      const visitor = visitorOf(ask)
      if (path === 'logout') {
        sessions.delete(ask.token ?? '')
        return success(null)
      }
      if ('success' in visitor) return visitor
      const { known, email } = visitor
      if (path === 'dashboard') return success(opened(known, email))
      if (path === 'join') return join(ask, visitor)
      if (path === 'code') return success(sendCode(ask))
      if (path === 'login') return login(ask, known)
      if (!email || !known.affiliate) return failure('session_expired')
      if (path === 'statement') return success(statement(known.affiliate))
      return act(path, ask, known.affiliate)
    },
    change(project, change) {
      change(programmeOf({ project_id: project })!.affiliate!)
      for (const tell of watchers.get(project) ?? []) tell()
    },
    expire() {
      sessions.clear()
      for (const told of watchers.values()) for (const tell of told) tell()
    },
    watch(project, listener) {
      const told = watchers.get(project) ?? new Set()
      watchers.set(project, told.add(listener))
      return () => void told.delete(listener)
    },
    reset() {
      changed.clear()
      sessions.clear()
    },
  }
}

function masked(method: PayoutMethodDetails): string {
  if (method.kind === 'bank') return `•••• ${method.account.slice(-4)}`
  if (method.kind === 'other') return method.text.length > 12 ? `${method.text.slice(0, 12)}…` : method.text
  return method.email.replace(/^(.).*@/, '$1•••@')
}

const statement = ({ payouts }: AffiliateDashboard): Statement => ({
  filename: `northwind-${TODAY}.csv`,
  csv: `Date,Amount,Currency\r\n${payouts.map(({ at, amount, currency }) => `${at.slice(0, 10)},${amount / 100},${currency}`).join('\r\n')}\r\n`,
})
