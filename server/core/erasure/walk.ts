/**
 * Taking an erased person out of everything that was stored about them, table by table and some rows at a time, so that nobody
 * waits for it. Only of what was there when the person was deleted: who comes back later is a new one.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Database, Erasure, Instant, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { addMinutes } from '../kit/time.ts'
import { ERASED, type Person, redactPayload } from '../kit/redact.ts'

/** How many ids one step covers. */
const SPAN = 1000
/** After this long another process takes an erasure over. */
const LEASE_MINUTES = 10
const RETRY_MINUTES = 5

/** Takes an erasure that is due, for as long as it should need. */
export async function claimErasure(tx: Tx, now: Instant): Promise<Erasure | undefined> {
  const due = await tx
    .selectFrom('erasure')
    .selectAll()
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .limit(1)
    .executeTakeFirst()
  if (!due) return undefined
  return tx
    .updateTable('erasure')
    .set({ next_attempt_at: addMinutes(now, LEASE_MINUTES) })
    .where('project_id', '=', due.project_id)
    .where('person', '=', due.person)
    .where('next_attempt_at', '=', due.next_attempt_at)
    .returningAll()
    .executeTakeFirst()
}

export const personIn = ({ fields }: Erasure): Person => JSON.parse(fields) as Person

export async function finishErasure(tx: Tx, { project_id, person }: Erasure): Promise<void> {
  await tx.deleteFrom('erasure').where('project_id', '=', project_id).where('person', '=', person).execute()
}

/** @param error null: it was interrupted, and goes on at the next look */
export async function putErasureOff(
  tx: Tx,
  { project_id, person }: Erasure,
  error: string | null,
  now: Instant,
): Promise<void> {
  await tx
    .updateTable('erasure')
    .set({
      error: error?.slice(0, 1000) ?? null,
      next_attempt_at: error === null ? now : addMinutes(now, RETRY_MINUTES),
    })
    .where('project_id', '=', project_id)
    .where('person', '=', person)
    .execute()
}

/** Whether somebody who may be in what came at `since` is still being erased: it must not be processed as it was. */
export async function isErasing(tx: Tx, projectId: number, since: Instant): Promise<boolean> {
  return (await selectErasing(tx, { projectId, since })).length > 0
}

const selectErasing = prepared((tx, { projectId, since }: { projectId: number; since: Instant }) =>
  tx
    .selectFrom('erasure')
    .select('person')
    .where('project_id', '=', projectId)
    .where('created_at', '>=', since)
    .limit(1),
)

export interface Place {
  table: keyof Database
  /** The column with the row's number, and the one that says since when it is there. */
  id: string
  at: string
  columns: Record<string, Kind>
  /** Of a table that names no project: how it hangs on one that does. */
  of?: { table: keyof Database; id: string; by: string }
}

/** `unique`: no two rows may have the same, so the row's number is added. */
type Kind = 'text' | 'unique'

/** Everywhere an address may have come to rest; rows of affiliates and referrals themselves are erased with them. */
export const PLACES: readonly Place[] = [
  { table: 'provider_event', id: 'id', at: 'received_at', columns: { payload: 'text' } },
  {
    table: 'provider_event_state',
    id: 'provider_event_id',
    at: 'received_at',
    columns: { error: 'text' },
    of: { table: 'provider_event', id: 'id', by: 'provider_event_id' },
  },
  { table: 'event', id: 'id', at: 'created_at', columns: { payload: 'text' } },
  { table: 'webhook_delivery', id: 'id', at: 'created_at', columns: { body: 'text' } },
  {
    table: 'webhook_attempt',
    id: 'id',
    at: 'created_at',
    columns: { response_body: 'text', error: 'text' },
    of: { table: 'webhook_delivery', id: 'id', by: 'delivery_id' },
  },
  { table: 'mail', id: 'id', at: 'created_at', columns: { recipient: 'text', fields: 'text', error: 'text' } },
  {
    table: 'conversion',
    id: 'id',
    at: 'created_at',
    columns: {
      reference: 'unique',
      idempotency_key: 'unique',
      coupon_code: 'text',
      url: 'text',
      status_reason: 'text',
      decision: 'text',
    },
  },
  {
    table: 'conversion_key',
    id: 'conversion_id',
    at: 'created_at',
    columns: { key: 'unique' },
    of: { table: 'conversion', id: 'id', by: 'conversion_id' },
  },
  { table: 'refund', id: 'id', at: 'created_at', columns: { reason: 'text' } },
  { table: 'payout', id: 'id', at: 'created_at', columns: { note: 'text' } },
  { table: 'provider_link', id: 'id', at: 'created_at', columns: { clues: 'text' } },
  { table: 'provider_task', id: 'id', at: 'created_at', columns: { fields: 'text', error: 'text' } },
]

/**
 * One step through one table.
 * @param after the id the last step ended at; 0 at the beginning
 * @returns where to go on, or undefined at the end
 */
export async function eraseStep(
  tx: Tx,
  erasure: Erasure,
  place: Place,
  after: number,
  now: Instant,
): Promise<number | undefined> {
  const { project_id, created_at } = erasure
  const person = personIn(erasure)
  // What a customer bought stays known for as long as they are a customer, even when they are no affiliate any more.
  if (place.table === 'provider_event' && (await isCustomer(tx, erasure, person))) return undefined
  const { table, id, of } = place
  const end = after + SPAN
  const names = Object.keys(place.columns)
  const owner = of?.table ?? table
  const { rows } = await sql<Record<string, string | null> & { id: number }>`
    select ${sql.ref(`${table}.${id}`)} as id, ${sql.join(names.map((name) => sql.ref(`${table}.${name}`)))}
    from ${sql.table(table)}
    ${of ? sql`inner join ${sql.table(owner)} on ${sql.ref(`${owner}.${of.id}`)} = ${sql.ref(`${table}.${of.by}`)}` : sql``}
    where ${sql.ref(`${table}.${id}`)} > ${after} and ${sql.ref(`${table}.${id}`)} <= ${end}
      and ${sql.ref(`${owner}.project_id`)} = ${project_id} and ${sql.ref(`${owner}.${place.at}`)} <= ${created_at}
      and (${sql.join(
        names.map((name) => mayHold(sql.ref(`${table}.${name}`), person)),
        sql` or `,
      )})`.execute(tx)
  for (const row of rows) await eraseRow(tx, place, row, person, now)
  if (end >= (await lastIdOf(tx, place))) return undefined
  return end
}

async function lastIdOf(tx: Tx, { table, id }: Place): Promise<number> {
  const { rows } = await sql<{ last: number | null }>`
    select max(${sql.ref(id)}) as last from ${sql.table(table)}`.execute(tx)
  return rows[0]?.last ?? 0
}

async function isCustomer(tx: Tx, { project_id, created_at }: Erasure, { addresses }: Person): Promise<boolean> {
  const row = await tx
    .selectFrom('referral')
    .select('id')
    .where('project_id', '=', project_id)
    .where('email_key', 'in', addresses)
    .where('created_at', '<=', created_at)
    .executeTakeFirst()
  return row !== undefined
}

/** What the database can tell: it holds the address or a provider's id of the person, or something encoded. */
function mayHold(column: RawBuilder<unknown>, { addresses, customer_ids }: Person): RawBuilder<unknown> {
  const parts = [...addresses.map((address) => address.toLowerCase()), ...customer_ids]
  const patterns = [...new Set(parts)].map((part) => `%${part.replace(/[!%_]/g, '!$&')}%`)
  return sql.join(
    [...patterns.map((pattern) => pattern.toLowerCase()), '%!%%', '%\\u%', '%&#%'].map(
      (pattern) => sql`lower(${column}) like ${pattern} escape '!'`,
    ),
    sql` or `,
  )
}

async function eraseRow(
  tx: Tx,
  { table, id, columns }: Place,
  row: Record<string, string | null> & { id: number },
  person: Person,
  now: Instant,
): Promise<void> {
  const change: Record<string, string> = {}
  for (const [name, kind] of Object.entries(columns)) {
    const text = row[name]
    if (typeof text !== 'string') continue
    const clean = redactPayload(text, person)
    if (clean !== undefined && clean !== text) change[name] = kind === 'unique' ? `${clean} ${row.id}` : clean
  }
  if (Object.keys(change).length === 0) return
  // A mail to the person, and the owner's about their application, which tells of nobody else.
  if (table === 'mail' && ('recipient' in change || (await isApplication(tx, row.id)))) {
    await tx.deleteFrom('mail').where('id', '=', row.id).execute()
    return
  }
  const set = { ...change, ...(table === 'provider_event' && { redacted_at: now }) }
  await sql`update ${sql.table(table)} set ${sql.join(
    Object.entries(set).map(([name, value]) => sql`${sql.ref(name)} = ${value}`),
  )} where ${sql.ref(id)} = ${row.id} and ${sql.join(
    // A sale has several keys.
    Object.keys(change).map((name) => sql`${sql.ref(name)} = ${row[name]}`),
    sql` and `,
  )}`.execute(tx)
  await eraseQuotes(tx, table, row.id)
}

/** What quotes a text about the person may hold a part of an address, which nothing recognizes. */
async function eraseQuotes(tx: Tx, table: Place['table'], id: number): Promise<void> {
  if (table === 'provider_event')
    await tx
      .updateTable('provider_event_state')
      .set({ error: 'It may quote somebody who was erased; replay the event to see what is wrong with it' })
      .where('provider_event_id', '=', id)
      .where('status', '=', 'failed')
      .execute()
  if (table === 'webhook_delivery')
    await tx
      .updateTable('webhook_attempt')
      .set({ response_body: ERASED })
      .where('delivery_id', '=', id)
      .where('response_body', 'is not', null)
      .execute()
}

async function isApplication(tx: Tx, id: number): Promise<boolean> {
  const row = await tx.selectFrom('mail').select('template').where('id', '=', id).executeTakeFirst()
  return row?.template === 'application'
}
