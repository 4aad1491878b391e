/**
 * Who is credited, and why: every hint a sale carries is a candidate; the first valid one in the stated order wins, and the
 * decision keeps why each other one lost.
 */
import type { Affiliate, Referral, Tx } from '../db/schema.ts'
import { mailboxOf } from './email.ts'
import { codeKey, REFERRAL_CODE } from './referral-code.ts'

/** The order of COMPAT §3: what the customer typed first, what the browser remembered last. */
export const CANDIDATE_ORDER = [
  'coupon',
  'metadata',
  'client_reference',
  'subscription_metadata',
  'email',
  'click',
] as const
export type CandidateKind = (typeof CANDIDATE_ORDER)[number]

/** Codes found with a sale; absent where there was none. */
export type Clues = Partial<Record<Exclude<CandidateKind, 'email'>, string | null>>

export interface Candidate {
  kind: CandidateKind
  /** The code as it came; for `email` the referral that keeps the attribution, never the address itself. */
  value: string
  affiliate: Pick<Affiliate, 'id' | 'status' | 'email' | 'campaign_id'> | null
  link_id: number | null
}

export interface Decision {
  winner: { kind: CandidateKind; affiliate_id: number; link_id: number | null } | null
  candidates: {
    kind: CandidateKind
    value: string
    affiliate_id: number | null
    outcome: 'won' | 'lost'
    reason: string
  }[]
}

/**
 * Chooses among the candidates, which come in any order.
 * @param buyerEmail for the self-referral check; null when unknown
 */
export function attribute(candidates: Candidate[], buyerEmail: string | null): Decision {
  const decision: Decision = { winner: null, candidates: [] }
  const ordered = [...candidates].sort((a, b) => CANDIDATE_ORDER.indexOf(a.kind) - CANDIDATE_ORDER.indexOf(b.kind))
  for (const { kind, value, affiliate, link_id } of ordered) {
    const lost = whyNot(affiliate, buyerEmail) ?? (decision.winner ? `outranked by ${decision.winner.kind}` : null)
    decision.candidates.push({
      kind,
      value,
      affiliate_id: affiliate?.id ?? null,
      outcome: lost ? 'lost' : 'won',
      reason: lost ?? 'first valid candidate',
    })
    if (!lost && affiliate) decision.winner = { kind, affiliate_id: affiliate.id, link_id }
  }
  return decision
}

function whyNot(affiliate: Candidate['affiliate'], buyerEmail: string | null): string | null {
  if (!affiliate) return 'unknown code'
  if (affiliate.status !== 'active') return `affiliate is ${affiliate.status}`
  if (buyerEmail && mailboxOf(buyerEmail) === mailboxOf(affiliate.email)) return 'self-referral'
  return null
}

/** Looks the clues up in the project: one query for all codes, one for the person's stored attribution. */
export async function findCandidates(
  tx: Tx,
  projectId: number,
  clues: Clues,
  referral: Referral | null,
): Promise<Candidate[]> {
  const given = Object.entries(clues).filter((clue): clue is [CandidateKind, string] => Boolean(clue[1]))
  const spellings = given.flatMap(([, value]) => spellingsOf(value))
  const links = spellings.length ? await findLinks(tx, projectId, spellings) : []
  const candidates = given.map(([kind, value]): Candidate => {
    const link = spellingsOf(value)
      .map((key) => links.find((found) => found.code_key === key))
      .find(Boolean)
    return { kind, value: value.slice(0, 200), affiliate: link ?? null, link_id: link?.link_id ?? null }
  })

  if (referral?.affiliate_id) {
    const affiliate = await tx
      .selectFrom('affiliate')
      .select(['id', 'status', 'email', 'campaign_id'])
      .where('id', '=', referral.affiliate_id)
      .executeTakeFirst()
    candidates.push({ kind: 'email', value: `referral ${referral.id}`, affiliate: affiliate ?? null, link_id: null })
  }
  return candidates
}

/** The raw code first, then without the `ref_` that some shops put before it (COMPAT §1). */
function spellingsOf(value: string): string[] {
  const key = codeKey(value)
  return [key, key.startsWith('ref_') ? key.slice(4) : ''].filter((code) => REFERRAL_CODE.test(code))
}

const findLinks = (tx: Tx, projectId: number, codeKeys: string[]) =>
  tx
    .selectFrom('link')
    .innerJoin('affiliate', 'affiliate.id', 'link.affiliate_id')
    .select([
      'link.id as link_id',
      'link.code_key',
      'affiliate.id',
      'affiliate.status',
      'affiliate.email',
      'affiliate.campaign_id',
    ])
    .where('link.project_id', '=', projectId)
    .where('link.code_key', 'in', codeKeys)
    .execute()
