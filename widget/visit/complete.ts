/** An API that is older than this script leaves out what it does not know yet: blocks find it empty instead of missing. */
import type { AffiliateDashboard, Dashboard, Program } from '../../server/public/widget/contract.ts'

export const complete = (dashboard: Dashboard): Dashboard => ({
  ...dashboard,
  program: withDefaults(PROGRAM, dashboard.program),
  affiliate: dashboard.affiliate && completeAffiliate(dashboard.affiliate),
})

export const completeAffiliate = (affiliate: AffiliateDashboard) => withDefaults(NOTHING, affiliate)

/** Does the API tell of changes? */
export const isCurrent = (dashboard: Dashboard) => 'signup' in dashboard.program

const PROGRAM: Partial<Program> = {
  blocks: [],
  appearance: { primary_color: null, secondary_color: null, font_color: null, theme: 'auto' },
  // No log-in by code either.
  signup: { mode: 'public', fields: [], terms_url: null, verification: true },
  payout: { kinds: [], requests: false, minimum: 0 },
  levels: [],
  materials: [],
}

export const NOTHING = {
  daily: [],
  balances: [],
  coupons: [],
  recent: [],
  payouts: [],
  payout_method: null,
  payout_request: null,
  invited: { count: 0, earnings: [], people: [] },
} satisfies Partial<AffiliateDashboard>

/** What is there wins, unless it is nothing where a default is expected. */
function withDefaults<T extends object>(defaults: Partial<T>, given: T): T {
  const made = { ...defaults, ...given }
  for (const name of Object.keys(defaults) as (keyof T)[]) made[name] ??= defaults[name] as T[keyof T]
  return made
}
