/**
 * Who is credited, and why: every hint a sale carries is a candidate; the first valid one in the stated order wins, and the
 * decision keeps why each other one lost. What a browser claimed is the weakest hint and outranks nothing that is proven.
 */
import type { Affiliate, Instant, Referral } from '../../db/schema.ts'
import { mailboxHash, mailboxOf } from '../kit/email.ts'
import { CANDIDATE_ORDER, type CandidateKind } from '../kit/candidate-kind.ts'
import type { Settings } from '../project/settings.ts'
import { addDays, dayOf } from '../kit/time.ts'

/** Codes found with a sale; absent where there was none. */
export interface Clues extends Partial<Record<Exclude<CandidateKind, 'email' | 'manual'>, string | null>> {
  /** The provider's ids of the coupon, promotion code or discount. */
  coupon_ids?: string[]
  /** The browser's id of the click behind the code: without one on record a browser's word counts for nothing. */
  click_id?: string | null
  /** Named by a call with a secret key. */
  affiliate_id?: number | null
  /** What could not be learned about this sale, in sentences for the decision. */
  notes?: string[]
}

export interface Candidate {
  kind: CandidateKind
  /** The code as it came; for `email` the referral that keeps the attribution, never the address itself. */
  value: string
  affiliate:
    | (Pick<Affiliate, 'id' | 'status' | 'email' | 'language' | 'campaign_id' | 'parent_id' | 'level_id'> & {
        /** Of the address their payouts go to, where it is one. */
        mailbox_hash?: string | null
      })
    | null
  link_id: number | null
  /** When the click behind it was made, where that is known. */
  clicked_at: Instant | null
  /** The person bought before, and that sale named this affiliate. */
  bound: boolean
  /** It comes from a provider, a secret-key call or the owner; false: a browser said so, and anybody can say anything there. */
  proven: boolean
  /** Why it does not count, where that is known before it is judged. */
  flaw?: string | undefined
}

/** What is known of the buyer, and the program's rules about them. */
export interface Circumstances extends Rules {
  project_id: number
  /** Of the buyer, for the self-referral check; empty when unknown. The second: how the provider knows the same customer. */
  emails: string[]
}

/** By what a candidate is chosen, beside its own facts. */
export interface Rules {
  at: Instant
  window_days: number
  /** They bought before anybody referred them. */
  bought_before: boolean
  exclude_existing: boolean
}

export const circumstancesOf = (
  { id, settings }: { id: number; settings: Settings },
  referral: Referral | null,
  emails: (string | null | undefined)[],
  at: Instant,
): Circumstances => ({
  project_id: id,
  emails: emails.filter((email) => email != null),
  at,
  bought_before: referral?.first_sale_at != null,
  ...rulesOf(settings),
})

export const rulesOf = (settings: Settings): Pick<Rules, 'window_days' | 'exclude_existing'> => ({
  window_days: settings.attribution_window_days ?? settings.cookie_days,
  exclude_existing: settings.exclude_existing_customers,
})

/** A candidate as the decision keeps it: enough to choose again under other rules. */
export interface DecidedCandidate {
  kind: CandidateKind
  value: string
  affiliate_id: number | null
  outcome: 'won' | 'lost'
  reason: string
  link_id: number | null
  clicked_at: Instant | null
  bound: boolean
  proven: boolean
  /** Why it counts under no rules: an unknown code, an affiliate who was not active, a self-referral. */
  barred: string | null
}

export interface Decision {
  winner: { kind: CandidateKind; affiliate_id: number; link_id: number | null; proven: boolean } | null
  candidates: DecidedCandidate[]
  bought_before?: boolean
  /** What could not be learned, in sentences. */
  notes?: string[]
}

/** Chooses among the candidates, which come in any order. Whoever brought a paying customer keeps them. */
export function attribute(candidates: Candidate[], circumstances: Circumstances): Decision {
  const facts = candidates.map((candidate) => ({
    kind: candidate.kind,
    value: candidate.value,
    affiliate_id: candidate.affiliate?.id ?? null,
    link_id: candidate.link_id,
    clicked_at: candidate.clicked_at,
    bound: candidate.bound,
    proven: candidate.proven,
    barred: barredBy(candidate, circumstances),
  }))
  return choose(facts, circumstances)
}

type Facts = Omit<DecidedCandidate, 'outcome' | 'reason'>

/** The same from what a decision kept. */
export function choose(candidates: Facts[], rules: Rules): Decision {
  const decision: Decision = { winner: null, candidates: [], bought_before: rules.bought_before }
  const rank = ({ kind, bound }: Facts) => (bound ? 0.5 : CANDIDATE_ORDER.indexOf(kind))
  for (const candidate of [...candidates].sort((a, b) => rank(a) - rank(b))) {
    const { kind, affiliate_id, link_id, proven, bound } = candidate
    const lost = lostBy(candidate, rules) ?? (decision.winner ? `outranked by ${decision.winner.kind}` : null)
    decision.candidates.push({
      ...candidate,
      outcome: lost ? 'lost' : 'won',
      reason: lost ?? (bound ? 'brought this customer before' : 'first valid candidate'),
    })
    if (!lost && affiliate_id !== null) decision.winner = { kind, affiliate_id, link_id, proven }
  }
  return decision
}

/** @returns null when the candidate is valid */
export const whyNot = (candidate: Candidate, circumstances: Circumstances): string | null =>
  lostBy({ ...candidate, barred: barredBy(candidate, circumstances) }, circumstances)

function barredBy({ kind, affiliate, flaw }: Candidate, circumstances: Circumstances): string | null {
  if (!affiliate) return 'unknown code'
  if (kind === 'manual') return null
  if (affiliate.status !== 'active') return `affiliate is ${affiliate.status}`
  return selfReferral(affiliate, circumstances) ?? flaw ?? null
}

function lostBy(
  { kind, barred, bound, clicked_at }: Pick<Facts, 'kind' | 'barred' | 'bound' | 'clicked_at'>,
  { at, window_days, bought_before, exclude_existing }: Rules,
): string | null {
  if (barred !== null) return barred
  if (kind === 'manual') return null
  if (exclude_existing && bought_before && !bound) return 'the customer bought before they were referred'
  if (clicked_at && dayOf(clicked_at) < addDays(dayOf(at), -window_days))
    return `the click is older than ${window_days} days`
  return null
}

/** Is the buyer the affiliate? @returns which fact says so, or null */
export function selfReferral(
  { email, mailbox_hash }: Pick<NonNullable<Candidate['affiliate']>, 'email' | 'mailbox_hash'>,
  { project_id, emails }: Pick<Circumstances, 'project_id' | 'emails'>,
): string | null {
  const [own, ...known] = emails
  const same = (other: string | undefined) => other !== undefined && mailboxOf(other) === mailboxOf(email)
  if (same(own)) return 'self-referral'
  if (known.some(same)) return "self-referral: the payment provider knows this customer under the affiliate's address"
  if (mailbox_hash && emails.some((one) => mailboxHash(project_id, one) === mailbox_hash))
    return "self-referral: the buyer's address is where the affiliate's payouts go"
  return null
}
