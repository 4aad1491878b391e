/** A payment may be told before its checkout: when the code or the person arrives, the sale is judged again. */
import type { Instant, Project, Tx } from '../db/schema.ts'
import type { Clues } from './attribution.ts'
import { judge, settle } from './conversion.ts'
import type { ProviderIds } from './payment-event.ts'
import { lockReferral } from './referral.ts'
import { lockConversion } from './refund.ts'
import { addHours } from './time.ts'

/** After this a sale of nobody stays nobody's. */
const SETTLED_AFTER_DAYS = 30

/** Judges a sale that was nobody's with what is known now; one that has its affiliate stays his. */
export async function attributeLate(
  tx: Tx,
  project: Project,
  conversionId: number,
  { email, clues }: { email: string | null; clues: Clues },
  now: Instant,
): Promise<void> {
  const conversion = await lockConversion(tx, conversionId)
  if (conversion.affiliate_id !== null || conversion.deleted_at !== null || conversion.source !== 'provider') return
  if (conversion.created_at < addHours(now, -24 * SETTLED_AFTER_DAYS)) return
  const referral = email ? await lockReferral(tx, project.id, email, now) : null
  const facts = { ...conversion, email, clues }
  const status = conversion.status === 'approved' ? 'approved' : 'pending'
  const judged = await judge(tx, project, facts, referral, status, conversion.id)
  if (!judged.affiliate && (!referral || conversion.referral_id !== null)) return
  const row = await tx
    .updateTable('conversion')
    .set({
      affiliate_id: judged.affiliate?.id ?? null,
      link_id: judged.trail.winner?.link_id ?? null,
      referral_id: conversion.referral_id ?? referral?.id ?? null,
      decision: JSON.stringify(judged.trail),
      updated_at: now,
    })
    .where('id', '=', conversionId)
    .returningAll()
    .executeTakeFirstOrThrow()
  await settle(tx, project, row, judged, referral, now)
}

/** Sales that are still nobody's: of the person, of the provider's customer or subscription, or of this very payment. */
export async function unattributed(
  tx: Tx,
  projectId: number,
  provider: string,
  { customer, subscription }: ProviderIds,
  also: { referral_id: number | null; conversion_id: number | undefined },
): Promise<number[]> {
  const rows = await tx
    .selectFrom('conversion')
    .select('id')
    .where('project_id', '=', projectId)
    .where('provider', '=', provider)
    .where('affiliate_id', 'is', null)
    .where('deleted_at', 'is', null)
    .where((eb) =>
      eb.or([
        ...(customer ? [eb('customer_id', '=', customer)] : []),
        ...(subscription ? [eb('subscription_id', '=', subscription)] : []),
        ...(also.referral_id ? [eb('referral_id', '=', also.referral_id)] : []),
        ...(also.conversion_id ? [eb('id', '=', also.conversion_id)] : []),
      ]),
    )
    .orderBy('occurred_at')
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}
