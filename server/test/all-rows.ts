/** Every row of every table, to tell whether anything at all was left behind. */
import { sql } from 'kysely'
import type { Engine } from '../db/open.ts'
import type { Db } from '../db/schema.ts'

/** @returns reads every row of every table of ours, in one query: text per table */
export async function readerOfAllRows(db: Db, engine: Engine): Promise<() => Promise<Record<string, string>>> {
  const tables = (await db.introspection.getTables()).filter(({ name }) => !name.startsWith('kysely'))
  const selects = tables.map(({ name, columns }) => {
    const list = columns.map((column) => `"${column.name}"`).join(', ')
    const rows = engine === 'sqlite' ? `json_group_array(json_array(${list}))` : `json_agg("${name}")::text`
    return `select '${name}' as name, (select ${rows} from "${name}") as content`
  })
  const all = sql.raw<{ name: string; content: string | null }>(selects.join(' union all '))
  return async () =>
    Object.fromEntries((await all.execute(db)).rows.map(({ name, content }) => [name, content ?? '[]']))
}
