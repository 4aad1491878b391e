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

/** What is known of the buyer and the program's rules about them. */
export interface Circumstances {
  project_id: number
  /** Of the buyer, for the self-referral check; empty when unknown. The second: how the provider knows the same customer. */
  emails: string[]
  at: Instant
  window_days: number
  /** They bought before anybody referred them, and the project excludes such customers. */
  existing_customer: boolean
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
  window_days: settings.attribution_window_days ?? settings.cookie_days,
  existing_customer: settings.exclude_existing_customers && referral?.first_sale_at != null,
})

export interface Decision {
  winner: { kind: CandidateKind; affiliate_id: number; link_id: number | null; proven: boolean } | null
  candidates: {
    kind: CandidateKind
    value: string
    affiliate_id: number | null
    outcome: 'won' | 'lost'
    reason: string
  }[]
  /** What could not be learned, in sentences. */
  notes?: string[]
}

/** Chooses among the candidates, which come in any order. Whoever brought a paying customer keeps them. */
export function attribute(candidates: Candidate[], circumstances: Circumstances): Decision {
  const decision: Decision = { winner: null, candidates: [] }
  const rank = ({ kind, bound }: Candidate) => (bound ? 0.5 : CANDIDATE_ORDER.indexOf(kind))
  for (const candidate of [...candidates].sort((a, b) => rank(a) - rank(b))) {
    const { kind, value, affiliate, link_id, proven } = candidate
    const lost = whyNot(candidate, circumstances) ?? (decision.winner ? `outranked by ${decision.winner.kind}` : null)
    decision.candidates.push({
      kind,
      value,
      affiliate_id: affiliate?.id ?? null,
      outcome: lost ? 'lost' : 'won',
      reason: lost ?? (candidate.bound ? 'brought this customer before' : 'first valid candidate'),
    })
    if (!lost && affiliate) decision.winner = { kind, affiliate_id: affiliate.id, link_id, proven }
  }
  return decision
}

/** @returns null when the candidate is valid */
export function whyNot(candidate: Candidate, circumstances: Circumstances): string | null {
  const { kind, affiliate, clicked_at, bound, flaw } = candidate
  const { at, window_days, existing_customer } = circumstances
  if (!affiliate) return 'unknown code'
  if (kind === 'manual') return null
  if (affiliate.status !== 'active') return `affiliate is ${affiliate.status}`
  const self = selfReferral(affiliate, circumstances)
  if (self) return self
  if (flaw) return flaw
  if (existing_customer && !bound) return 'the customer bought before they were referred'
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
