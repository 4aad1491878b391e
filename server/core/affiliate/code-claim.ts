/**
 * Whose a code is, in every spelling. Referral codes, slugs and coupons are looked up in more spellings than one
 * (referral-code.ts), so the first affiliate of a project with a code has all of its spellings, until none of their codes uses
 * them any more. The database decides who is first.
 */
import type { Affiliate, Tx } from '../../db/schema.ts'
import type { DomainError } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'
import { claimedSpelling } from './code.ts'

type Claimant = Pick<Affiliate, 'id' | 'project_id'>

/**
 * For a code that people or links carry; call it in the transaction that stores the code.
 * @throws the error of `taken` when another affiliate has it, in whatever spelling, or as the id of a coupon at Stripe
 */
export async function claimCode(tx: Tx, claimant: Claimant, code: string, taken: () => DomainError): Promise<void> {
  const spelling = claimedSpelling(code)
  const owner = await claim(tx, claimant, spelling, claimant.id)
  if (owner === claimant.id) return
  if (owner !== null || (await isAtStripeOfOthers(tx, claimant, spelling))) throw taken()
  await tx
    .updateTable('code_claim')
    .set({ affiliate_id: claimant.id })
    .where('project_id', '=', claimant.project_id)
    .where('spelling', '=', spelling)
    .execute()
}

/**
 * For the id of a coupon at Stripe: several affiliates may hand out promotion codes of one coupon, but it must not be what
 * customers of another affiliate type.
 * @throws the error of `taken`
 */
export async function claimStripeId(tx: Tx, claimant: Claimant, id: string, taken: () => DomainError): Promise<void> {
  const owner = await claim(tx, claimant, claimedSpelling(id), null)
  if (owner !== null && owner !== claimant.id) throw taken()
}

/** Frees what none of the affiliate's codes uses any more. Lock the affiliate first. */
export async function releaseCodes(tx: Tx, { id, project_id }: Claimant, codes: (string | null)[]): Promise<void> {
  const links = await tx.selectFrom('link').select('code').where('affiliate_id', '=', id).execute()
  const coupons = await tx
    .selectFrom('coupon')
    .select(['coupon_code', 'stripe_coupon_id', 'lemonsqueezy_discount_code'])
    .where('affiliate_id', '=', id)
    .execute()
  const used = [...links, ...coupons].flatMap((row) => Object.values(row)).filter((code) => code !== null)
  const kept = new Set(used.map(claimedSpelling))
  const free = codes.flatMap((code) => (code === null ? [] : [claimedSpelling(code)])).filter((one) => !kept.has(one))
  if (free.length === 0) return
  await tx
    .deleteFrom('code_claim')
    .where('project_id', '=', project_id)
    .where('affiliate_id', '=', id)
    .where('spelling', 'in', free)
    .execute()
}

/** @returns whose it is now: the affiliate who had it before, or `affiliate_id`; the row is locked */
async function claim(tx: Tx, { project_id }: Claimant, spelling: string, affiliate_id: number | null) {
  const [row] = await upsertClaim(tx, { project_id, spelling, affiliate_id })
  return row?.affiliate_id ?? null
}

const upsertClaim = prepared((tx, row: { project_id: number; spelling: string; affiliate_id: number | null }) =>
  tx
    .insertInto('code_claim')
    .values(row)
    .onConflict((clash) =>
      clash
        .columns(['project_id', 'spelling'])
        .doUpdateSet((eb) => ({ affiliate_id: eb.ref('code_claim.affiliate_id') })),
    )
    .returning('affiliate_id'),
)

async function isAtStripeOfOthers(tx: Tx, { id, project_id }: Claimant, spelling: string): Promise<boolean> {
  const others = await tx
    .selectFrom('coupon')
    .select('stripe_coupon_id')
    .distinct()
    .where('project_id', '=', project_id)
    .where('affiliate_id', '<>', id)
    .where('stripe_coupon_id', 'is not', null)
    .execute()
  return others.some(({ stripe_coupon_id }) => claimedSpelling(stripe_coupon_id ?? '') === spelling)
}
