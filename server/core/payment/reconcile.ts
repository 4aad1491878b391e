/** Compares what a provider says was paid and given back with what is recorded here. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { commissionBase } from './base.ts'
import { reopenEvent } from './inbox-list.ts'
import { type NewProviderEvent, storeEvent } from './inbox.ts'
import { formatMinor, shareOf } from '../kit/money.ts'
import type { Payment, Refund } from './event.ts'
import { conversionOf } from './provider-id.ts'
import { settingsOf } from '../project/settings.ts'

export interface Difference {
  kind:
    | 'sale_without_decision'
    | 'amount_differs'
    | 'commission_without_payment'
    | 'refund_not_mirrored'
    | 'refund_of_unknown_sale'
  /** The provider's id of the payment or refund. */
  external_id: string
  occurred_at: Instant
  conversion_id: number | null
  /** `12.50 USD`; null: nothing. */
  provider_says: string | null
  recorded: string | null
}

/**
 * @returns undefined when nothing was sold, or the sale is recorded with its amount, under the settings of today or others;
 * one that was deleted here stays deleted
 */
export async function compareSale(tx: Tx, project: Project, sale: Payment): Promise<Difference | undefined> {
  const row = await tx
    .selectFrom('conversion')
    .select(['id', 'amount', 'currency', 'original_amount', 'original_currency', 'deleted_at'])
    .where('project_id', '=', project.id)
    .where('provider', '=', sale.provider)
    .where('external_id', '=', sale.external_id)
    .executeTakeFirst()
  const { external_id, occurred_at, currency } = sale
  const amount = commissionBase(sale, settingsOf(project))
  if (amount === 0) return undefined
  const difference = {
    external_id,
    occurred_at,
    conversion_id: row?.id ?? null,
    provider_says: written(amount, currency),
  }
  if (!row) return { kind: 'sale_without_decision', ...difference, recorded: null }
  if (row.deleted_at !== null) return undefined
  const recorded = written(row.original_amount ?? row.amount, row.original_currency ?? row.currency)
  const bases = [false, true].flatMap((commission_on_tax) =>
    [false, true].map((commission_on_shipping) => commissionBase(sale, { commission_on_tax, commission_on_shipping })),
  )
  return bases.some((base) => written(base, currency) === recorded)
    ? undefined
    : { kind: 'amount_differs', ...difference, recorded }
}

/**
 * @param charged everything of the same payment that went back so far, as the provider tells it
 * @param saleToCome its sale is not recorded yet, and will be
 */
export async function compareRefund(
  tx: Tx,
  projectId: number,
  refund: Refund,
  charged: number,
  saleToCome: boolean,
): Promise<Difference | undefined> {
  const { provider, ids, occurred_at, amount, currency } = refund
  const external_id = refund.external_id ?? (ids.invoice ? `invoice-${ids.invoice}` : (ids.payment ?? ''))
  const conversion_id = (await conversionOf(tx, projectId, provider, ids)) ?? null
  const undone = refund.state === 'undone'
  const difference = {
    external_id,
    occurred_at,
    conversion_id,
    provider_says: undone ? null : written(amount, currency),
    recorded: null,
  }
  if (conversion_id === null) {
    if (undone) return undefined
    return { kind: saleToCome ? 'refund_not_mirrored' : 'refund_of_unknown_sale', ...difference }
  }
  const told = await tx.selectFrom('refund').selectAll().where('conversion_id', '=', conversion_id).execute()
  const step = told.find((row) => row.kind === 'refund' && row.external_id === external_id)
  const sums = told.filter(({ kind }) => kind === 'cumulative')
  const sum = sums.find((row) => row.external_id === ids.charge || row.external_id === ids.payment)
  const { gross } = await grossOf(tx, conversion_id)
  // In the terms of the refund: a sum may be told without tax.
  const soFar = !sum ? 0 : sum.whole && gross ? shareOf(gross, sum.amount, sum.whole) : sum.amount
  const mirrored = refund.cumulative
    ? sums.some((row) => row.amount >= amount)
    : undone
      ? step?.state === 'undone' || (!step && soFar <= charged)
      : step?.state === 'done' || soFar >= charged
  if (mirrored) return undefined
  return { kind: 'refund_not_mirrored', ...difference, recorded: step ? written(step.amount, currency) : null }
}

const grossOf = (tx: Tx, conversionId: number) =>
  tx.selectFrom('conversion').select('gross').where('id', '=', conversionId).executeTakeFirstOrThrow()

export interface Booked {
  external_id: string
  conversion_id: number
  occurred_at: Instant
  earned: string | null
}

/** Sales of the provider since then that still earn somebody something. */
export async function bookedSales(tx: Tx, projectId: number, provider: string, since: Instant): Promise<Booked[]> {
  const rows = await tx
    .selectFrom('conversion')
    .innerJoin('commission', 'commission.conversion_id', 'conversion.id')
    .select(['conversion.id', 'conversion.external_id', 'conversion.occurred_at', 'commission.currency'])
    .select((eb) => eb.fn.sum<number>(eb('commission.amount', '-', eb.ref('commission.taken_back'))).as('earned'))
    .where('conversion.project_id', '=', projectId)
    .where('conversion.provider', '=', provider)
    .where('conversion.external_id', 'is not', null)
    .where('conversion.occurred_at', '>=', since)
    .where('conversion.deleted_at', 'is', null)
    .where('commission.void', '=', 0)
    .groupBy(['conversion.id', 'conversion.external_id', 'conversion.occurred_at', 'commission.currency'])
    .orderBy('conversion.id')
    .execute()
  return rows
    .filter(({ earned }) => earned > 0)
    .map(({ id, external_id, occurred_at, currency, earned }) => ({
      external_id: external_id ?? '',
      conversion_id: id,
      occurred_at,
      earned: written(earned, currency),
    }))
}

/** Stores what was fetched as an event of the inbox, or opens it again when it was fetched before. @returns its row id */
export async function storeFetched(tx: Tx, event: NewProviderEvent): Promise<number> {
  const stored = await storeEvent(tx, event)
  if (stored !== undefined) return stored
  const { id } = await tx
    .selectFrom('provider_event')
    .select('id')
    .where('project_id', '=', event.project_id)
    .where('provider', '=', event.provider)
    .where('event_id', '=', event.event_id)
    .executeTakeFirstOrThrow()
  await reopenEvent(tx, event.project_id, id, event.received_at)
  return id
}

const written = (amount: number | null, currency: string | null): string | null =>
  amount === null || currency === null ? null : `${formatMinor(amount, currency)} ${currency}`
