/** The candidates of a sale: every hint it carries, looked up in the project. */
import type { Conversion, Referral, Tx } from '../../db/schema.ts'
import { spellingsOf } from '../affiliate/code.ts'
import type { CandidateKind } from '../kit/candidate-kind.ts'
import { prepared } from '../kit/prepared.ts'
import type { Candidate, Clues } from './attribution.ts'

/** Looks the clues up in the project. */
export async function findCandidates(
  tx: Tx,
  projectId: number,
  { clues, source }: { clues: Clues; source: Conversion['source'] },
  referral: Referral | null,
): Promise<Candidate[]> {
  const proven = source !== 'browser'
  const { coupon_ids = [], click_id, affiliate_id, notes: _, ...codes } = clues
  const given = Object.entries(codes).filter((clue): clue is [CandidateKind, string] => Boolean(clue[1]))
  const spellings = given.flatMap(([, value]) => spellingsOf(value))
  const links = spellings.length ? await findLinks(tx, { projectId, codeKeys: spellings }) : []
  const click = click_id ? await findClick(tx, projectId, click_id) : undefined
  const candidates: Candidate[] = []

  if (affiliate_id) candidates.push(await byId(tx, projectId, 'manual', affiliate_id, `affiliate ${affiliate_id}`))
  const coupon = codes.coupon || coupon_ids[0] ? await findCoupon(tx, projectId, codes.coupon, coupon_ids) : undefined
  if (coupon)
    candidates.push({
      kind: 'coupon',
      value: coupon.coupon_code,
      affiliate: coupon,
      link_id: null,
      clicked_at: null,
      bound: false,
      proven,
    })
  for (const [kind, value] of given) {
    if (kind === 'coupon' && coupon) continue
    const link = spellingsOf(value)
      .map((key) => links.find((found) => found.code_key === key))
      .find(Boolean)
    candidates.push({
      kind,
      value: value.slice(0, 200),
      affiliate: link ?? null,
      link_id: link?.link_id ?? null,
      clicked_at: kind === 'click' ? (click?.created_at ?? null) : null,
      bound: false,
      proven,
      flaw: kind === 'click' && !proven ? flawOf(click, link?.id) : undefined,
    })
  }
  if (referral?.affiliate_id) {
    const stored = await byId(tx, projectId, 'email', referral.affiliate_id, `referral ${referral.id}`)
    candidates.push({
      ...stored,
      clicked_at: referral.proof === 'claimed' ? referral.claimed_at : null,
      bound: referral.proof === 'bound',
      proven: referral.proof === 'bound' || referral.proof === 'stored',
    })
  }
  return candidates
}

/** A browser's word about a code counts only after a click on that affiliate's link, which the server saw. */
function flawOf(click: { affiliate_id: number } | undefined, affiliateId: number | undefined): string | undefined {
  if (!click) return 'no click of this browser is on record'
  return click.affiliate_id === affiliateId ? undefined : 'the click on record is of another affiliate'
}

async function byId(tx: Tx, projectId: number, kind: CandidateKind, id: number, value: string): Promise<Candidate> {
  const affiliate = await tx
    .selectFrom('affiliate')
    .leftJoin('payout_method', 'payout_method.affiliate_id', 'affiliate.id')
    .select(withAffiliate)
    .where('affiliate.id', '=', id)
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)
    .executeTakeFirst()
  return { kind, value, affiliate: affiliate ?? null, link_id: null, clicked_at: null, bound: false, proven: true }
}

const withAffiliate = [
  'affiliate.id',
  'affiliate.status',
  'affiliate.email',
  'affiliate.language',
  'affiliate.campaign_id',
  'affiliate.parent_id',
  'affiliate.level_id',
  'payout_method.mailbox_hash',
] as const

const findLinks = prepared((tx, { projectId, codeKeys }: { projectId: number; codeKeys: string[] }) =>
  tx
    .selectFrom('link')
    .innerJoin('affiliate', 'affiliate.id', 'link.affiliate_id')
    .leftJoin('payout_method', 'payout_method.affiliate_id', 'affiliate.id')
    .select(['link.id as link_id', 'link.code_key', ...withAffiliate])
    .where('link.project_id', '=', projectId)
    .where('link.code_key', 'in', codeKeys),
)

/** The typed code before the provider's ids, among which further typed codes may be. */
async function findCoupon(tx: Tx, projectId: number, typed: string | null | undefined, ids: string[]) {
  const key = typed?.trim().toLowerCase() ?? ''
  const names = [typed?.trim() ?? '', ...ids].filter(Boolean)
  const keys = [key, ...ids.map((id) => id.toLowerCase())]
  const found = (await selectCoupons(tx, { projectId, keys, names })).sort((a, b) => a.coupon_id - b.coupon_id)
  return found.find((coupon) => coupon.code_key === key) ?? found[0]
}

const selectCoupons = prepared(
  (tx, { projectId, keys, names }: { projectId: number; keys: string[]; names: string[] }) =>
    tx
      .selectFrom('coupon')
      .innerJoin('affiliate', 'affiliate.id', 'coupon.affiliate_id')
      .leftJoin('payout_method', 'payout_method.affiliate_id', 'affiliate.id')
      .select(['coupon.id as coupon_id', 'coupon.coupon_code', 'coupon.code_key', ...withAffiliate])
      .where('coupon.status', '=', 'active')
      .where((eb) => {
        const own = eb('coupon.project_id', '=', projectId)
        return eb.or([
          eb.and([own, eb('coupon.code_key', 'in', keys)]),
          eb.and([own, eb('coupon.stripe_coupon_id', 'in', names)]),
          eb.and([own, eb('coupon.lemonsqueezy_discount_code', 'in', names)]),
        ])
      }),
)

const findClick = (tx: Tx, projectId: number, clickId: string) =>
  tx
    .selectFrom('click')
    .select(['created_at', 'affiliate_id'])
    .where('project_id', '=', projectId)
    .where('click_id', '=', clickId)
    .executeTakeFirst()
