/** What a provider's ids stand for here: which belong to one payment, whose they are, and which codes came with them. */
import type { Insertable } from 'kysely'
import type { Instant, ProviderLink, ProviderLinkTable, Tx } from '../../db/schema.ts'
import type { Clues } from '../conversion/attribution.ts'
import { DomainError } from '../kit/errors.ts'
import type { ProviderIds } from './event.ts'
import { getReferral } from '../conversion/referral-record.ts'
import { prepared } from '../kit/prepared.ts'
import type { ReferralWithCode } from '../conversion/referral.ts'

/** Ids of one payment each; a customer and a subscription have many. */
const OF_ONE_PAYMENT = ['invoice', 'payment', 'charge', 'checkout'] as const

const isOfOnePayment = (kind: ProviderLink['kind']) => OF_ONE_PAYMENT.some((one) => one === kind)

export interface Known {
  referral_id: number | null
  email: string | null
  clues: Clues
  /** What the subscription is of, since when. */
  products: Products
  /** All ids of this one payment, those of this event among them. */
  payment_ids: string[]
  /** Any of the ids was told before. */
  isKnown: boolean
}

export type Products = Record<Instant, string>

/** As it is stored with an id. */
type Remembered = Clues & { products?: Products }

/** What earlier events told about any of these ids. */
export async function knownAbout(tx: Tx, projectId: number, provider: string, ids: ProviderIds): Promise<Known> {
  const rows = await findLinks(tx, projectId, provider, ids)
  const facts = rows.flatMap(({ fact }) => (fact === null ? [] : [fact]))
  const siblings =
    facts.length > 0 ? await tx.selectFrom('provider_link').selectAll().where('fact', 'in', facts).execute() : []
  const all = [...rows, ...siblings]
  const referral_id = all.find((row) => row.referral_id !== null)?.referral_id ?? null
  const referral =
    referral_id === null
      ? undefined
      : await tx
          .selectFrom('referral')
          .select('email')
          .where('id', '=', referral_id)
          .where('deleted_at', 'is', null)
          .executeTakeFirst()
  // What was told of this very payment outranks what was told of the customer.
  const told = all.toSorted((a, b) => Number(isOfOnePayment(a.kind)) - Number(isOfOnePayment(b.kind)))
  const { products = {}, ...clues } = Object.assign({}, ...told.map(rememberedOf)) as Remembered
  return {
    referral_id: referral ? referral_id : null,
    email: referral?.email ?? null,
    clues,
    products,
    payment_ids: [...new Set(all.filter(({ kind }) => isOfOnePayment(kind)).map(({ external_id }) => external_id))],
    isKnown: rows.length > 0,
  }
}

const rememberedOf = ({ clues }: ProviderLink) => JSON.parse(clues ?? '{}') as Remembered

/** What the subscription was of at a time; before anything was told of it, what it was of first. */
export function productAt(products: Products, at: Instant): string | null {
  const since = Object.keys(products).sort()
  const last = since.findLast((time) => time <= at) ?? since[0]
  return last === undefined ? null : (products[last] ?? null)
}

/** Takes the ids for this transaction, known or not: two events about one payment are applied one after the other. */
export async function claimIds(
  tx: Tx,
  projectId: number,
  provider: string,
  ids: ProviderIds,
  now: Instant,
): Promise<void> {
  const unknown = { referral_id: null, conversion_id: null, fact: null, clues: null }
  const rows = given(ids)
    // In one order everywhere: two events that name the same ids must not lock them crosswise.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, external_id]) => ({ project_id: projectId, provider, kind, external_id, ...unknown, created_at: now }))
  if (rows.length > 0) await insertLinks(tx, { rows })
}

/** Remembers what the claimed ids mean, and that those of one payment belong together; the first person and conversion stay. */
export async function linkIds(
  tx: Tx,
  projectId: number,
  provider: string,
  ids: ProviderIds,
  means: { referral_id: number | null; conversion_id: number | null; clues: Clues; products?: Products },
): Promise<void> {
  // A note is about one sale; it must not come up with the next.
  const { notes: _, ...told } = means.clues
  const rows = await findLinks(tx, projectId, provider, ids)
  const narrow = rows.filter(({ kind }) => isOfOnePayment(kind))
  const facts = narrow.flatMap(({ fact }) => (fact === null ? [] : [fact]))
  const fact = Math.min(...facts, ...narrow.map(({ id }) => id))
  // Most ids of an event learn the same.
  const changes = new Map<string, LinkChange>()
  for (const row of rows) {
    const before = rememberedOf(row)
    const products = row.kind === 'subscription' ? { ...before.products, ...means.products } : {}
    const clues: Remembered = { ...before, ...told, ...(Object.keys(products).length > 0 && { products }) }
    const referral_id = row.referral_id ?? means.referral_id
    const text = Object.keys(clues).length > 0 ? JSON.stringify(clues) : null
    const known = { referral_id, clues: text, fact: isOfOnePayment(row.kind) ? fact : row.fact }
    if (known.referral_id === row.referral_id && known.clues === row.clues && known.fact === row.fact) continue
    const key = JSON.stringify(known)
    const change = changes.get(key)
    if (change) change.linkIds.push(row.id)
    else changes.set(key, { ...known, linkIds: [row.id] })
  }
  for (const change of changes.values()) await updateLinks(tx, change)
  if (narrow.length === 0) return
  if (facts.length > 0) await tx.updateTable('provider_link').set({ fact }).where('fact', 'in', facts).execute()
  const conversion_id =
    means.conversion_id ??
    (
      await tx
        .selectFrom('provider_link')
        .select('conversion_id')
        .where('fact', '=', fact)
        .where('conversion_id', 'is not', null)
        .executeTakeFirst()
    )?.conversion_id
  if (conversion_id) await nameConversion(tx, { fact, conversion_id })
}

const nameConversion = prepared((tx, { fact, conversion_id }: { fact: number; conversion_id: number }) =>
  tx.updateTable('provider_link').set({ conversion_id }).where('fact', '=', fact).where('conversion_id', 'is', null),
)

const insertLinks = prepared((tx, { rows }: { rows: Insertable<ProviderLinkTable>[] }) =>
  tx
    .insertInto('provider_link')
    .values(rows)
    .onConflict((clash) =>
      clash
        .columns(['project_id', 'provider', 'kind', 'external_id'])
        // Changes nothing and locks the row that was there.
        .doUpdateSet((eb) => ({ provider: eb.ref('excluded.provider') })),
    ),
)

interface LinkChange extends Pick<ProviderLink, 'referral_id' | 'clues' | 'fact'> {
  linkIds: number[]
}

const updateLinks = prepared((tx, { linkIds: numbers, ...known }: LinkChange) =>
  tx.updateTable('provider_link').set(known).where('id', 'in', numbers),
)

/** The conversion of the payment that one of these ids names. */
export async function conversionOf(
  tx: Tx,
  projectId: number,
  provider: string,
  ids: ProviderIds,
): Promise<number | undefined> {
  const rows = await findLinks(tx, projectId, provider, ids)
  return (
    rows.find(({ kind, conversion_id }) => isOfOnePayment(kind) && conversion_id !== null)?.conversion_id ?? undefined
  )
}

/** The person a provider's customer id stands for. @throws DomainError 'customer_not_found' */
export async function referralOfCustomer(
  tx: Tx,
  projectId: number,
  provider: string,
  customerId: string,
): Promise<ReferralWithCode> {
  const { referral_id } = await knownAbout(tx, projectId, provider, { customer: customerId })
  if (referral_id === null)
    throw new DomainError('customer_not_found', `No purchase of the ${provider} customer ${customerId} is known here`)
  return getReferral(tx, projectId, referral_id)
}

const given = (ids: ProviderIds) =>
  Object.entries(ids).filter((pair): pair is [ProviderLink['kind'], string] => Boolean(pair[1]))

/** In one order, which they are changed in: two events about one payment are joined one after the other. */
async function findLinks(tx: Tx, projectId: number, provider: string, ids: ProviderIds): Promise<ProviderLink[]> {
  const pairs = given(ids).map(([kind, external_id]) => ({ kind, external_id }))
  if (pairs.length === 0) return []
  // Sorted here: asked to, SQLite reads the whole table in order rather than look three ids up.
  return (await selectLinks(tx, { projectId, provider, pairs })).sort((a, b) => a.id - b.id)
}

interface Named {
  projectId: number
  provider: string
  pairs: Pick<ProviderLink, 'kind' | 'external_id'>[]
}

const selectLinks = prepared((tx, { projectId, provider, pairs }: Named) =>
  tx
    .selectFrom('provider_link')
    .selectAll()
    .where((eb) =>
      eb.or(
        // The whole key in each: SQLite looks none of them up by what stands outside of the or.
        pairs.map(({ kind, external_id }) =>
          eb.and([
            eb('project_id', '=', projectId),
            eb('provider', '=', provider),
            eb('kind', '=', kind),
            eb('external_id', '=', external_id),
          ]),
        ),
      ),
    ),
)
