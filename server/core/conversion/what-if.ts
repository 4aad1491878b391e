/**
 * What if other settings or terms had been in force: stored conversions are decided again from what their decisions kept.
 * Nothing is written, and with nothing changed every stored decision comes out as it was.
 */
import type { Affiliate, CommissionRule, Conversion, Day, Project, Tx } from '../../db/schema.ts'
import { netOf } from '../ledger/net.ts'
import { type Settings, settingsOf } from '../project/settings.ts'
import type { TermsInForce } from '../terms/commission.ts'
import { rulesById, termsInForce } from '../terms/rule.ts'
import { choose, rulesOf } from './attribution.ts'
import { type ConversionDecision, decisionOf } from './decision.ts'
import { type Entitlement, entitlements } from './entitlement.ts'
import { rewardsBy } from './reward.ts'

export interface WhatIf {
  settings?: Partial<Pick<Settings, 'attribution_window_days' | 'cookie_days' | 'exclude_existing_customers'>>
  /** Of the campaigns' own terms; an affiliate's, a product's or a level's stay as they are. */
  terms?: Partial<Pick<CommissionRule, 'basis_points' | 'second_basis_points'>>
}

/** What one affiliate would have earned instead, minor units of `currency`, after refunds. */
export interface Difference {
  affiliate_id: number
  currency: string
  before: number
  after: number
}

export interface Outcome {
  decided: number
  /** Conversions that somebody would have earned something else for. */
  changed: number
  winners_changed: number
  /** Only those that differ, by affiliate and currency. */
  by_affiliate: Difference[]
}

const AT_ONCE = 500

/**
 * @param span days of the conversions, both included
 * @param seen told how many were decided so far
 */
export async function whatIf(
  tx: Tx,
  project: Project,
  span: { from: Day; to: Day },
  change: WhatIf,
  seen: (decided: number) => void = () => {},
): Promise<Outcome> {
  const settings = { ...settingsOf(project), ...change.settings }
  const look = lookingUp(tx, change)
  const outcome: Outcome = { decided: 0, changed: 0, winners_changed: 0, by_affiliate: [] }
  const sums = new Map<string, Difference>()
  for (let after = 0; ;) {
    const rows = await page(tx, project.id, span, after)
    for (const row of rows) {
      const again = await decideAgain(row, settings, look)
      if (!again) continue
      outcome.decided += 1
      if (again.affiliate_id !== row.affiliate_id) outcome.winners_changed += 1
      const [was, is] = [sumsOf(entitlements(row)), sumsOf(entitlements(again))]
      if (!isSame(was, is)) outcome.changed += 1
      for (const [key, amount] of was) add(sums, key, 'before', amount)
      for (const [key, amount] of is) add(sums, key, 'after', amount)
    }
    after = rows.at(-1)?.id ?? after
    seen(outcome.decided)
    if (rows.length < AT_ONCE) break
  }
  outcome.by_affiliate = [...sums.values()]
    .filter(({ before, after }) => before !== after)
    .sort((a, b) => a.affiliate_id - b.affiliate_id || (a.currency < b.currency ? -1 : 1))
  return outcome
}

const page = (tx: Tx, projectId: number, { from, to }: { from: Day; to: Day }, after: number): Promise<Conversion[]> =>
  tx
    .selectFrom('conversion')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '>', after)
    .where('occurred_at', '>=', `${from}T00:00:00.000Z`)
    .where('occurred_at', '<=', `${to}T23:59:59.999Z`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(AT_ONCE)
    .execute()

interface LookUp {
  terms: (basis: NonNullable<ConversionDecision['basis']>) => Promise<TermsInForce>
  seller: (
    id: number,
    productId: string | null,
  ) => Promise<{ terms: TermsInForce; parentId: number | null } | undefined>
}

/** @returns undefined for a conversion that its affiliate's deletion took from everybody: there is nothing to decide */
async function decideAgain(row: Conversion, settings: Settings, look: LookUp): Promise<Conversion | undefined> {
  const stored = decisionOf(row)
  if ((stored.winner?.affiliate_id ?? null) !== row.affiliate_id) return undefined
  const rules = { at: row.occurred_at, bought_before: stored.bought_before ?? false, ...rulesOf(settings) }
  const chosen = choose(stored.candidates, rules)
  const affiliate_id = chosen.winner?.affiliate_id ?? null
  const credited = { ...stored, ...chosen }
  if (affiliate_id === null) return decided(row, null, { ...credited, commission: { reason: 'not_attributed' } })
  if (row.status !== 'approved') return decided(row, affiliate_id, credited)

  const sold = { ...row, given_commission: stored.basis?.given }
  const earlier = stored.basis?.earlier ?? { payments: 0, first_at: null }
  if (stored.basis && affiliate_id === row.affiliate_id) {
    const terms = await look.terms(stored.basis)
    const rewards = rewardsBy(terms, stored.basis.parent_id, sold, earlier, row.referral_id !== null)
    return decided(row, affiliate_id, { ...credited, second_tier: undefined, ...rewards })
  }
  const seller = await look.seller(affiliate_id, row.product_id)
  if (!seller) return decided(row, null, { ...credited, commission: { reason: 'not_attributed' } })
  const rewards = rewardsBy(seller.terms, seller.parentId, sold, earlier, row.referral_id !== null)
  return decided(row, affiliate_id, { ...credited, second_tier: undefined, ...rewards })
}

const decided = (row: Conversion, affiliate_id: number | null, decision: ConversionDecision): Conversion => ({
  ...row,
  affiliate_id,
  decision: JSON.stringify(decision),
})

/** Rules and sellers are few beside conversions: each is read once. */
function lookingUp(tx: Tx, { terms: other }: WhatIf): LookUp {
  const rules = new Map<number, Promise<CommissionRule | undefined>>()
  const sellers = new Map<string, ReturnType<LookUp['seller']>>()
  const ruleOf = (id: number | null) => {
    if (id === null) return undefined
    if (!rules.has(id))
      rules.set(
        id,
        rulesById(tx, [id]).then(([rule]) => rule),
      )
    return rules.get(id)
  }
  const changed = (terms: TermsInForce): TermsInForce => ({
    ...terms,
    ...(terms.campaign && other && { campaign: { ...terms.campaign, ...kindOf(other), ...other } }),
  })
  return {
    async terms({ rule_id, scope, campaign_rule_id }) {
      const [rule, campaign] = [await ruleOf(rule_id), await ruleOf(campaign_rule_id)]
      return changed({ ...(scope && { [scope]: rule }), campaign })
    },
    seller(id, productId) {
      const key = `${id} ${productId ?? ''}`
      if (!sellers.has(key)) sellers.set(key, sellerOf(tx, id, productId, changed))
      return sellers.get(key) as ReturnType<LookUp['seller']>
    },
  }
}

/** A percentage that is asked for makes a percentage of a fixed amount. */
const kindOf = ({ basis_points, second_basis_points }: NonNullable<WhatIf['terms']>): Partial<CommissionRule> => ({
  ...(basis_points !== undefined && { kind: 'percent' as const }),
  ...(second_basis_points !== undefined && { second_kind: 'percent' as const }),
})

async function sellerOf(tx: Tx, id: number, product_id: string | null, changed: (terms: TermsInForce) => TermsInForce) {
  const affiliate = await tx
    .selectFrom('affiliate')
    .leftJoin('affiliate as parent', (join) =>
      join.onRef('parent.id', '=', 'affiliate.parent_id').on('parent.status', '=', 'active'),
    )
    .select(['affiliate.id', 'affiliate.campaign_id', 'affiliate.level_id', 'parent.id as parent_id'])
    .where('affiliate.id', '=', id)
    .where('affiliate.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!affiliate) return undefined
  const { campaign_id, level_id, parent_id } = affiliate satisfies Pick<Affiliate, 'campaign_id' | 'level_id'>
  const terms = await termsInForce(tx, campaign_id, { affiliate_id: id, level_id, product_id })
  return { terms: changed(terms), parentId: parent_id }
}

/** `affiliate currency` -> minor units. */
function sumsOf(entitled: Entitlement[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { affiliate_id, currency, amount, taken_back } of entitled) {
    const key = `${affiliate_id} ${currency}`
    sums.set(key, (sums.get(key) ?? 0) + netOf({ amount, taken_back, void: 0 }))
  }
  return sums
}

const isSame = (a: Map<string, number>, b: Map<string, number>): boolean =>
  a.size === b.size && [...a].every(([key, amount]) => b.get(key) === amount)

function add(sums: Map<string, Difference>, key: string, side: 'before' | 'after', amount: number): void {
  const [id = '', currency = ''] = key.split(' ')
  const sum = sums.get(key) ?? { affiliate_id: Number(id), currency, before: 0, after: 0 }
  sum[side] += amount
  sums.set(key, sum)
}
