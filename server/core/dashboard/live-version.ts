/** Tells cheaply whether something may have changed in dashboards: a word per affiliate that is another one afterwards. */
import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Db, Instant, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { dayOf } from '../kit/time.ts'

/** Where a status changes without money moving: a pending sale that is denied. */
const NEWEST_LOOKED_AT = 20

/**
 * Clicks and counts, the ledger, the affiliate's own row, his newest conversions and his coupons; the programme's settings,
 * terms and materials; and the day, for held money becomes eligible at midnight. Two queries for any number of affiliates; who
 * was deleted is not in the answer.
 */
export async function liveVersions(db: Db | Tx, affiliateIds: number[], now: Instant): Promise<Map<number, string>> {
  if (affiliateIds.length === 0) return new Map()
  const day = dayOf(now)
  const rows = await selectVersions(db, { ids: padded(affiliateIds) })
  const programmes = await programmeVersions(db, [...new Set(rows.map(({ project_id }) => project_id))])
  return new Map(
    rows.map(({ id, project_id, ...seen }) => [
      id,
      `${day} ${programmes.get(project_id)} ${Object.values(seen).join(' ')}`,
    ]),
  )
}

async function programmeVersions(db: Db | Tx, projectIds: number[]): Promise<Map<number, string>> {
  if (projectIds.length === 0) return new Map()
  const rows = await selectProgrammes(db, { ids: padded(projectIds) })
  return new Map(rows.map(({ id, ...seen }) => [id, hashOf(Object.values(seen).join('\n'))]))
}

/** Settings are long; their hash is compared. */
const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url')

/** Up to a power of two by repeating one, so that few statements are enough for any number. */
const padded = (ids: number[]): number[] => [
  ...ids,
  ...Array.from({ length: 2 ** Math.ceil(Math.log2(ids.length)) - ids.length }, () => ids[0] as number),
]

/** How many there are and when the last was made or changed: another word when one is added, changed or removed. */
const countAndLast = (table: string, column: string, where: RawBuilder<unknown>) =>
  sql<string>`(select cast(count(*) as text) || ' ' || coalesce(cast(max(${sql.ref(column)}) as text), '')
    from ${sql.table(table)} where ${where})`

const selectVersions = prepared((tx, { ids }: { ids: number[] }) =>
  tx
    .selectFrom('affiliate')
    .leftJoin('rollup', (join) =>
      join.onRef('rollup.affiliate_id', '=', 'affiliate.id').on('rollup.period', '=', sql.lit('all')),
    )
    .select([
      'affiliate.id',
      'affiliate.project_id',
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
      countAndLast('coupon', 'updated_at', sql`coupon.affiliate_id = affiliate.id`).as('coupon'),
    ])
    .where('affiliate.id', 'in', ids)
    .where('affiliate.deleted_at', 'is', null),
)

const selectProgrammes = prepared((tx, { ids }: { ids: number[] }) =>
  tx
    .selectFrom('project')
    .select([
      'id',
      'name',
      'website',
      'settings',
      countAndLast('campaign', 'updated_at', sql`campaign.project_id = project.id`).as('terms'),
      countAndLast('material', 'created_at', sql`material.project_id = project.id`).as('material'),
    ])
    .where('id', 'in', ids),
)
