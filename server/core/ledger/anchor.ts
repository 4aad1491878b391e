/**
 * What was committed and is never taken back: the number of a project's newest event, the end of an affiliate's chain. Kept
 * outside of the database (anchor-file.ts), it shows when the database lost committed money or tells another history.
 */
import { sql } from 'kysely'
import type { Db, Tx } from '../../db/schema.ts'

export type Mark =
  | { kind: 'feed'; project_id: number; seq: number }
  | { kind: 'chain'; project_id: number; affiliate_id: number; seq: number; hash: string }
type ChainMark = Extract<Mark, { kind: 'chain' }>

/** How far the tables were read for marks: ids of the newest rows seen. */
export interface Position {
  event: number
  entry: number
}

const PAGE = 1000

/** Everything there is to remember, in pages. */
export async function* allMarks(tx: Tx | Db): AsyncGenerator<Mark[]> {
  for (let last = 0; ;) {
    const page = await tx
      .selectFrom('project')
      .select(['id', 'event_seq'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    yield page.filter((row) => row.event_seq > 0).map((row) => feedMark(row.id, row.event_seq))
    if (page.length < PAGE) break
    last = page.at(-1)?.id ?? last
  }
  for (let last = 0; ;) {
    const page = await tx
      .selectFrom('affiliate')
      .select(['id', 'project_id', 'ledger_seq', 'ledger_hash'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    yield page
      .filter((row) => row.ledger_seq > 0)
      .map((row) => chainMark(row.project_id, row.id, row.ledger_seq, row.ledger_hash))
    if (page.length < PAGE) return
    last = page.at(-1)?.id ?? last
  }
}

/** The position at the newest rows. Take it before `allMarks`, so that nothing between the two is missed. */
export async function newestPosition(tx: Tx | Db): Promise<Position> {
  const { rows } = await sql<Position>`select
    (select coalesce(max(id), 0) from event) as event, (select coalesce(max(id), 0) from ledger_entry) as entry`.execute(
    tx,
  )
  return rows[0] ?? { event: 0, entry: 0 }
}

/** One page of what came after `from`. @returns `more`: there is another page */
export async function marksSince(
  tx: Tx | Db,
  from: Position,
): Promise<{ marks: Mark[]; position: Position; more: boolean }> {
  const events = await tx
    .selectFrom('event')
    .select(['id', 'project_id', 'seq'])
    .where('id', '>', from.event)
    .orderBy('id')
    .limit(PAGE)
    .execute()
  const entries = await tx
    .selectFrom('ledger_entry')
    .select(['id', 'project_id', 'affiliate_id', 'seq', 'hash'])
    .where('id', '>', from.entry)
    .orderBy('id')
    .limit(PAGE)
    .execute()
  const marks = [
    ...events.map((row) => feedMark(row.project_id, row.seq)),
    ...entries.map((row) => chainMark(row.project_id, row.affiliate_id, row.seq, row.hash)),
  ]
  const position = { event: events.at(-1)?.id ?? from.event, entry: entries.at(-1)?.id ?? from.entry }
  return { marks: newestOf(marks), position, more: events.length === PAGE || entries.length === PAGE }
}

export const nameOf = (mark: Mark): string =>
  mark.kind === 'feed' ? `feed ${mark.project_id}` : `chain ${mark.affiliate_id}`

/** The newest mark of each feed and chain. */
export function newestOf(marks: Iterable<Mark>): Mark[] {
  const newest = new Map<string, Mark>()
  for (const mark of marks) {
    const known = newest.get(nameOf(mark))
    if (!known || known.seq < mark.seq) newest.set(nameOf(mark), mark)
  }
  return [...newest.values()]
}

/** @returns what the database once had committed and has no more, a sentence each. That it has more is as it should be. */
export async function lostSince(tx: Tx | Db, marks: Mark[]): Promise<string[]> {
  const problems: string[] = []
  const feeds = marks.filter((mark) => mark.kind === 'feed')
  for (const page of pagesOf(feeds)) {
    const ids = page.map(({ project_id }) => project_id)
    const rows = await tx.selectFrom('project').select(['id', 'event_seq']).where('id', 'in', ids).execute()
    const ends = new Map(rows.map((row) => [row.id, row.event_seq]))
    for (const { project_id, seq } of page) {
      const end = ends.get(project_id) ?? 0
      if (end < seq) problems.push(`project ${project_id}: its feed ends at event ${end}, but ${seq} was committed`)
    }
  }
  for (const page of pagesOf(marks.filter((mark) => mark.kind === 'chain')))
    problems.push(...(await lostChains(tx, page)))
  return problems
}

/** The entry with the number of each mark: by its hash it stands for all before it. */
async function lostChains(tx: Tx | Db, marks: ChainMark[]): Promise<string[]> {
  const ids = marks.map(({ affiliate_id }) => affiliate_id)
  const heads = await tx.selectFrom('affiliate').select(['id', 'ledger_seq']).where('id', 'in', ids).execute()
  const ends = new Map(heads.map((head) => [head.id, head.ledger_seq]))
  const named = sql.join(
    marks.map(({ affiliate_id, seq }) => sql`(cast(${affiliate_id} as bigint), cast(${seq} as bigint))`),
  )
  const { rows } = await sql<{ affiliate_id: number; hash: string }>`
    select affiliate_id, hash from ledger_entry where (affiliate_id, seq) in (values ${named})`.execute(tx)
  const hashes = new Map(rows.map((row) => [row.affiliate_id, row.hash]))
  return marks.flatMap(({ project_id, affiliate_id, seq, hash }) => {
    const who = `affiliate ${affiliate_id} of project ${project_id}`
    const end = ends.get(affiliate_id) ?? 0
    if (end < seq) return `${who}: the chain ends at number ${end}, but ${seq} was committed`
    return hashes.get(affiliate_id) === hash
      ? []
      : `${who}: ledger entry number ${seq} is not the one that was committed`
  })
}

/** Pages small enough for one statement's parameters. */
function* pagesOf<T>(all: T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += PAGE / 2) yield all.slice(start, start + PAGE / 2)
}

const feedMark = (project_id: number, seq: number): Mark => ({ kind: 'feed', project_id, seq })
const chainMark = (project_id: number, affiliate_id: number, seq: number, hash: string): Mark => ({
  kind: 'chain',
  project_id,
  affiliate_id,
  seq,
  hash,
})
