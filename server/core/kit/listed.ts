/**
 * One page of a list, and how many rows it has. The rows are counted only as far as `COUNTED`, and not at all where the page
 * shows the end of the list: counting all of them cost 12 ms at 25,000 conversions, and more with every further one.
 */
import type { SelectQueryBuilder } from 'kysely'
import type { Tx } from '../../db/schema.ts'

/** How far a list is counted. */
export const COUNTED = 10_000

export interface Page {
  limit: number
  offset: number
}

export interface Listed<Row> {
  rows: Row[]
  /** At least so many, when it is not exact; then never less than what a reader needs to know that there is more. */
  total: number
  total_is_exact: boolean
  has_more: boolean
}

/**
 * @param rows of the page and one more, which says whether there is more
 * @param matching all rows of the list, for counting them: nothing selected yet
 */
export async function listed<Row, Tables, Table extends keyof Tables>(
  tx: Tx,
  { limit, offset }: Page,
  rows: Row[],
  matching: SelectQueryBuilder<Tables, Table, object>,
): Promise<Listed<Row>> {
  const shown = rows.slice(0, limit)
  const has_more = rows.length > limit
  const end = offset + shown.length
  if (!has_more && (shown.length > 0 || offset === 0))
    return { rows: shown, total: end, total_is_exact: true, has_more }

  const { counted } = await tx
    .selectFrom(
      matching
        .select((eb) => eb.lit(1).as('one'))
        .limit(COUNTED + 1)
        .as('row'),
    )
    .select((eb) => eb.fn.countAll<number>().as('counted'))
    .executeTakeFirstOrThrow()
  if (counted <= COUNTED) return { rows: shown, total: counted, total_is_exact: true, has_more }
  return { rows: shown, total: has_more ? Math.max(COUNTED, end + 1) : COUNTED, total_is_exact: false, has_more }
}

/** The same where the number of rows is kept. */
export const listedOf = <Row>({ limit, offset }: Page, rows: Row[], total: number): Listed<Row> => {
  const shown = rows.slice(0, limit)
  return { rows: shown, total, total_is_exact: true, has_more: offset + shown.length < total }
}
