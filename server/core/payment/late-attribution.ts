/** A payment may be told before its checkout, its buyer or its product: when they are known, the sale is judged again. */
import type { Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import type { Clues } from '../conversion/attribution.ts'
import { decidedAgain, renumberLater } from '../conversion/again.ts'
import { MetAnother } from '../kit/errors.ts'
import { lockConversion } from '../conversion/lock.ts'
import { advanceOf, decide, type Decided } from '../conversion/decide.ts'
import { type ConversionDecision, decisionOf } from '../conversion/decision.ts'
import { transition } from '../conversion/transition.ts'
import type { ProviderIds } from './event.ts'
import { productAt, type Products } from './provider-id.ts'
import { prepared } from '../kit/prepared.ts'
import { advanceReferral, lockReferral } from '../conversion/referral.ts'
import { addHours } from '../kit/time.ts'

/** After this a sale of nobody stays nobody's. */
const SETTLED_AFTER_DAYS = 30

export interface Learned {
  email: string | null
  clues: Clues
  /** What was sold, since when: of the sale itself, or of its subscription. */
  products: Products
}

/**
 * Judges a sale again when something is known now that was not: whose code came with it, who bought, what was sold. One that
 * has its affiliate keeps him, unless the buyer turns out to be himself, or somebody else's customer.
 */
export async function learnLate(
  tx: Tx,
  project: Project,
  conversionId: number,
  learned: Learned,
  now: Instant,
): Promise<void> {
  // The person, then everybody whose money moves, then the sale: the one order of locks. So it is judged before it is locked.
  const referral = learned.email ? await lockReferral(tx, project.id, learned.email, now) : null
  const seen = await tx.selectFrom('conversion').selectAll().where('id', '=', conversionId).executeTakeFirstOrThrow()
  if (seen.deleted_at !== null || seen.source !== 'provider') return
  if (seen.created_at < addHours(now, -24 * SETTLED_AFTER_DAYS)) return
  const known = {
    ...seen,
    referral_id: seen.referral_id ?? referral?.id ?? null,
    product_id: seen.product_id ?? productAt(learned.products, seen.occurred_at),
  }
  const isNew = { person: known.referral_id !== seen.referral_id, product: known.product_id !== seen.product_id }
  if (seen.affiliate_id !== null && !isNew.person && !isNew.product) return

  // What came with the sale itself was looked at then; what came with its customer may be of another sale.
  const clues = seen.affiliate_id === null ? learned.clues : cluesOf(decisionOf(seen))
  const decided =
    seen.affiliate_id === null || isNew.person
      ? await decide(tx, project, { ...known, email: learned.email, clues }, referral, seen.status, seen.id)
      : null
  const second = decided?.decision.second_tier?.affiliate_id
  const sale = await lockConversion(tx, conversionId, [decided?.affiliate?.id, second])
  if (sale.status !== seen.status || sale.decision !== seen.decision)
    throw new MetAnother(`Conversion ${conversionId} was decided anew`)

  if (decided) await reassign(tx, project, sale, known, decided, referral, now)
  else {
    const after = await decidedAgain(tx, { ...sale, product_id: known.product_id }, { by: 'terms in force' })
    await transition(tx, project, sale, after, { kind: 'attributed', note: 'changed' }, now)
  }
  // One payment more of this person: the later ones are now the second, third ...
  if (isNew.person) await renumberLater(tx, project, known, now)
}

async function reassign(
  tx: Tx,
  project: Project,
  before: Conversion,
  { referral_id, product_id }: Conversion,
  decided: Decided,
  referral: Referral | null,
  now: Instant,
): Promise<void> {
  const affiliate_id = decided.affiliate?.id ?? null
  const isNew = referral_id !== before.referral_id || product_id !== before.product_id
  if (affiliate_id === before.affiliate_id && affiliate_id === null && !isNew) return
  const link_id = affiliate_id === before.affiliate_id ? before.link_id : (decided.decision.winner?.link_id ?? null)
  const decision = JSON.stringify(decided.decision)
  const after = { ...before, referral_id, product_id, decision, affiliate_id, link_id }
  if (referral) await advanceReferral(tx, referral, advanceOf(after, decided), now)
  const note = before.affiliate_id === null ? null : 'the buyer is known now'
  const step = { kind: 'attributed' as const, note, reason: 'the buyer is known now', referral }
  await transition(tx, project, before, after, step, now)
}

/** The codes that were looked at, from the decision that looked at them. */
const cluesOf = ({ candidates, notes }: ConversionDecision): Clues => ({
  ...Object.fromEntries(
    candidates.filter(({ kind }) => kind !== 'email' && kind !== 'manual').map(({ kind, value }) => [kind, value]),
  ),
  ...(notes && { notes }),
})

/**
 * Sales that may be other than they seemed by what was learned: nobody's, of an unknown person or product. Those of the
 * person, of the provider's customer or subscription, or of this very payment.
 */
export async function openSales(
  tx: Tx,
  projectId: number,
  provider: string,
  { customer, subscription }: ProviderIds,
  { email, products }: Learned,
  also: { referral_id?: number | null; conversion_id?: number | undefined } = {},
): Promise<number[]> {
  const among = {
    projectId,
    provider,
    customer: customer || undefined,
    subscription: subscription || undefined,
    referral: also.referral_id || undefined,
    conversion: also.conversion_id,
  }
  const learned = [email && 'person', Object.keys(products).length > 0 && 'product'].filter(Boolean).join()
  return (await selectOpen(tx, among, learned))
    .sort((a, b) => Number(a.occurred_at > b.occurred_at) - Number(a.occurred_at < b.occurred_at) || a.id - b.id)
    .map(({ id }) => id)
}

interface Among {
  projectId: number
  provider: string
  customer: string | undefined
  subscription: string | undefined
  referral: number | undefined
  conversion: number | undefined
}

const selectOpen = prepared(
  (tx, { projectId, provider, customer, subscription, referral, conversion }: Among, learned) =>
    tx
      .selectFrom('conversion')
      .select(['id', 'occurred_at'])
      .where('provider', '=', provider)
      .where('deleted_at', 'is', null)
      .where((eb) =>
        eb.or([
          eb('affiliate_id', 'is', null),
          ...(learned.includes('person') ? [eb('referral_id', 'is', null)] : []),
          ...(learned.includes('product') ? [eb('product_id', 'is', null)] : []),
        ]),
      )
      .where((eb) => {
        // In each, for SQLite to look each up in its index.
        const own = eb('project_id', '=', projectId)
        return eb.or([
          ...(customer ? [eb.and([own, eb('customer_id', '=', customer)])] : []),
          ...(subscription ? [eb.and([own, eb('subscription_id', '=', subscription)])] : []),
          ...(referral ? [eb('referral_id', '=', referral)] : []),
          ...(conversion ? [eb('id', '=', conversion)] : []),
        ])
      }),
)
