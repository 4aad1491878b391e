/** Whom an affiliate invited, and what their sales brought him. */
import { sql } from 'kysely'
import type { Affiliate, Instant, Tx } from '../../db/schema.ts'
import { maskEmail } from '../payout/method.ts'
import { prepared } from '../kit/prepared.ts'

const PEOPLE_SHOWN = 10

export interface Invited {
  count: number
  /** Second-tier commissions less what was taken back, minor units; in the order of the currencies' names. */
  earnings: { currency: string; amount: number }[]
  /** The newest; their addresses masked. */
  people: { name: string; joined_at: Instant; status: Affiliate['status'] }[]
}

export async function invitedBy(tx: Tx, affiliateId: number): Promise<Invited> {
  const people = await selectPeople(tx, { affiliateId })
  const [counted] = people.length < PEOPLE_SHOWN ? [{ count: people.length }] : await countPeople(tx, { affiliateId })
  return {
    count: counted?.count ?? 0,
    earnings: await selectEarnings(tx, { affiliateId }),
    people: people.map(({ email, created_at, status }) => ({ name: maskEmail(email), joined_at: created_at, status })),
  }
}

const selectPeople = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('affiliate')
    .select(['email', 'created_at', 'status'])
    .where('parent_id', '=', affiliateId)
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(PEOPLE_SHOWN),
)

const countPeople = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('affiliate')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('parent_id', '=', affiliateId)
    .where('deleted_at', 'is', null),
)

/** All in an index of its own, which holds what is summed. */
const selectEarnings = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('commission')
    .select(['currency', sql<number>`sum(case when void = 1 then 0 else amount - taken_back end)`.as('amount')])
    .where('affiliate_id', '=', affiliateId)
    .where('tier', '=', sql.lit(2))
    .groupBy('currency')
    .orderBy('currency'),
)
