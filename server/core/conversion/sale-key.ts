/**
 * One set of ids for one sale: the company's reference and the provider's ids of the payment, the invoice, the charge and the
 * checkout, each under one conversion, whoever tells it first. The primary key decides, so two reports at once are one sale.
 */
import type { Conversion, ConversionKeyTable, Referral, Tx } from '../../db/schema.ts'
import { MetAnother } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'

export type Key = Pick<ConversionKeyTable, 'key' | 'kind'>

/** What of a report can name its sale. */
export interface Named {
  type: string
  source: Conversion['source']
  provider: string | null
  reference: string | null
  external_id: string | null
  idempotency_key: string | null
  payment_ids?: string[] | undefined
}

/** The keys under which the report's sale is known, in the order in which they are claimed. */
export function keysOf(
  { type, source, provider, reference, external_id, idempotency_key, payment_ids = [] }: Named,
  referral: Pick<Referral, 'id'> | null,
): Key[] {
  const own = source === 'browser' ? 'claim' : 'reference'
  const keys: Key[] = []
  if (reference) keys.push({ key: `${type} ${reference}`, kind: own })
  if (idempotency_key) keys.push({ key: `call ${idempotency_key}`, kind: 'claim' })
  if (type === 'signup' && referral) keys.push({ key: `signup-of ${referral.id}`, kind: own })
  if (provider && external_id) keys.push({ key: `by-${provider} ${external_id}`, kind: 'provider' })
  for (const key of paymentKeys(payment_ids)) keys.push({ key, kind: 'provider' })
  return [...new Map(keys.map((one) => [one.key, one])).values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** The keys of a provider's ids that can be nothing else. */
export const paymentKeys = (ids: string[]): string[] => ids.filter(isTelling).map((id) => `purchase ${id}`)

/** `pi_3Q...` is nobody's own order number; `1042` may be. */
const isTelling = (id: string) => !/^\d{1,15}$/.test(id)

/** Keys that mean the same sale only when the buyer is the same: a number as order number here and as the provider's id there. */
export function likelyKeysOf({ type, reference, payment_ids = [] }: Named): string[] {
  if (type !== 'purchase') return []
  const numbers = payment_ids.filter((id) => !isTelling(id))
  const wanted = reference !== null && !isTelling(reference) ? [reference] : []
  return [
    ...numbers.map((id) => `purchase ${id}`),
    ...wanted.flatMap((id) => [`by-lemonsqueezy ${id}`, `by-lemonsqueezy invoice-${id}`]),
  ]
}

/** The conversions these keys stand for, with the key, the oldest first. */
export async function findByKeys(
  tx: Tx,
  projectId: number,
  keys: string[],
): Promise<(Conversion & { key: string; key_kind: Key['kind'] })[]> {
  if (keys.length === 0) return []
  const found = await selectByKeys(tx, { projectId, keys })
  return found.sort((a, b) => a.id - b.id)
}

const selectByKeys = prepared((tx, { projectId, keys }: { projectId: number; keys: string[] }) =>
  tx
    .selectFrom('conversion_key')
    .innerJoin('conversion', 'conversion.id', 'conversion_key.conversion_id')
    .selectAll('conversion')
    .select(['conversion_key.key', 'conversion_key.kind as key_kind'])
    .where('conversion_key.project_id', '=', projectId)
    .where('conversion_key.key', 'in', keys),
)

/**
 * Puts the conversion under its keys. What only a browser claimed yields to what is proven.
 * @throws MetAnother when another transaction took one of them meanwhile: begun again, this one finds its conversion
 */
export async function claimKeys(
  tx: Tx,
  { id, project_id }: Pick<Conversion, 'id' | 'project_id'>,
  keys: Key[],
): Promise<void> {
  if (keys.length === 0) return
  const rows = keys.map((one) => ({ ...one, project_id, conversion_id: id }))
  const claimed = await insertKeys(tx, { rows })
  if (claimed.length === rows.length) return
  for (const row of rows) {
    if (claimed.some(({ key }) => key === row.key) || (await takeOver(tx, row))) continue
    throw new MetAnother(`Another conversion took the key ${row.key}`)
  }
}

/** @returns false when another conversion has the key by more than a browser's word */
async function takeOver(tx: Tx, { project_id, key, kind, conversion_id }: ConversionKeyTable): Promise<boolean> {
  const taken = await tx
    .updateTable('conversion_key')
    .set({ conversion_id, kind })
    .where('project_id', '=', project_id)
    .where('key', '=', key)
    .where((eb) =>
      eb.or([eb('conversion_id', '=', conversion_id), ...(kind === 'claim' ? [] : [eb('kind', '=', 'claim')])]),
    )
    .returning('key')
    .executeTakeFirst()
  return taken !== undefined
}

/** Ids that became known later; one that another conversion has stays there. */
export async function addPaymentIds(
  tx: Tx,
  projectId: number,
  conversionId: number,
  paymentIds: string[],
): Promise<void> {
  const rows = paymentKeys(paymentIds)
    .sort()
    .map((key) => ({ project_id: projectId, conversion_id: conversionId, key, kind: 'provider' as const }))
  if (rows.length > 0) await insertKeys(tx, { rows })
}

const insertKeys = prepared((tx, { rows }: { rows: ConversionKeyTable[] }) =>
  tx
    .insertInto('conversion_key')
    .values(rows)
    .onConflict((clash) => clash.columns(['project_id', 'key']).doNothing())
    .returning('key'),
)

/** Frees what the conversion is known by, but for a provider's ids: a deleted sale must not come back with the next event. */
export async function freeKeys(tx: Tx, { id, project_id }: Pick<Conversion, 'id' | 'project_id'>): Promise<void> {
  await tx
    .deleteFrom('conversion_key')
    .where('project_id', '=', project_id)
    .where('conversion_id', '=', id)
    .where('kind', '<>', 'provider')
    .execute()
}

/** Puts the conversion under another reference, or under none. @returns false when another conversion has it */
export async function changeReference(
  tx: Tx,
  before: Conversion,
  after: Pick<Conversion, 'type' | 'reference'>,
): Promise<boolean> {
  const { id, project_id } = before
  if (before.type === after.type && before.reference === after.reference) return true
  if (before.reference !== null)
    await tx
      .deleteFrom('conversion_key')
      .where('project_id', '=', project_id)
      .where('key', '=', `${before.type} ${before.reference}`)
      .where('conversion_id', '=', id)
      .where('kind', '<>', 'provider')
      .execute()
  if (after.reference === null) return true
  const row = { project_id, key: `${after.type} ${after.reference}`, kind: 'reference' as const, conversion_id: id }
  return (await insertKeys(tx, { rows: [row] })).length > 0 || takeOver(tx, row)
}
