/** Tells cheaply whether something may have changed in dashboards: a word per affiliate that is another one afterwards. */
import { sql } from 'kysely'
import type { Db, Instant, Tx } from '../db/schema.ts'
import { prepared } from './prepared.ts'
import { dayOf } from './time.ts'

/** Where a status changes without money moving: a pending sale that is denied. */
const NEWEST_LOOKED_AT = 20

/**
 * Clicks and counts, the ledger, the affiliate's own row, his newest conversions; and the day, for held money becomes
 * eligible at midnight. One query for any number of affiliates; who was deleted is not in the answer.
 */
export async function liveVersions(db: Db | Tx, affiliateIds: number[], now: Instant): Promise<Map<number, string>> {
  if (affiliateIds.length === 0) return new Map()
  const day = dayOf(now)
  const rows = await selectVersions(db, { ids: padded(affiliateIds) })
  return new Map(rows.map(({ id, ...seen }) => [id, `${day} ${Object.values(seen).join(' ')}`]))
}

/** Up to a power of two by repeating one, so that few statements are enough for any number. */
const padded = (ids: number[]): number[] => [
  ...ids,
  ...Array.from({ length: 2 ** Math.ceil(Math.log2(ids.length)) - ids.length }, () => ids[0] as number),
]

const selectVersions = prepared((tx, { ids }: { ids: number[] }) =>
  tx
    .selectFrom('affiliate')
    .leftJoin('rollup', (join) =>
      join.onRef('rollup.affiliate_id', '=', 'affiliate.id').on('rollup.period', '=', sql.lit('all')),
    )
    .select([
      'affiliate.id',
      'affiliate.ledger_seq',
      'affiliate.updated_at',
      'affiliate.level_id',
      'rollup.clicks',
      'rollup.signups',
      'rollup.purchases',
      sql<number | null>`(select max(id) from conversion where conversion.affiliate_id = affiliate.id)`.as('newest'),
      sql<Instant | null>`(select max(updated_at) from (select updated_at from conversion
        where conversion.affiliate_id = affiliate.id order by id desc limit ${sql.lit(NEWEST_LOOKED_AT)}) as newest)`.as(
        'changed',
      ),
    ])
    .where('affiliate.id', 'in', ids)
    .where('affiliate.deleted_at', 'is', null),
)
