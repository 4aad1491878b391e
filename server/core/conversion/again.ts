/** Deciding what a credited conversion earns once more, because one of its facts or of its buyer's earlier payments changed. */
import type { Affiliate, Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { decisionOf } from './decision.ts'
import { counts } from './entitlement.ts'
import { rewards, rewardsAgain } from './reward.ts'
import { transition } from './transition.ts'

/** By the terms in force now; or by those it was decided under, which a rate that changed since then does not touch. */
export interface Again {
  by: 'terms in force' | 'terms of then'
  /** The commission the caller gave, minor units of the conversion's currency. */
  given?: number | undefined
}

/** @returns the conversion with what it earns now in its decision; one that does not count is returned as it is */
export async function decidedAgain(tx: Tx, conversion: Conversion, { by, given }: Again): Promise<Conversion> {
  if (!counts(conversion)) return conversion
  const decision = decisionOf(conversion)
  const referral = await referralOf(tx, conversion)
  const { basis } = decision
  const earned =
    by === 'terms of then' && basis
      ? await rewardsAgain(tx, conversion, basis, referral, conversion.id)
      : await byTermsInForce(tx, conversion, referral, given)
  if (!earned) return conversion
  const { second_tier: _, ...rest } = decision
  return { ...conversion, decision: JSON.stringify({ ...rest, ...earned }) }
}

async function byTermsInForce(tx: Tx, conversion: Conversion, referral: Referral | null, given?: number) {
  const [affiliate] = await selectSeller(tx, { id: conversion.affiliate_id as number })
  if (!affiliate) return undefined
  return rewards(tx, { ...conversion, given_commission: given }, affiliate, referral, conversion.id)
}

const selectSeller = prepared((tx, { id }: Pick<Affiliate, 'id'>) =>
  tx.selectFrom('affiliate').select(['id', 'campaign_id', 'parent_id', 'level_id']).where('id', '=', id),
)

const referralOf = async (tx: Tx, { referral_id }: Conversion): Promise<Referral | null> =>
  referral_id === null ? null : ((await selectReferral(tx, { id: referral_id }))[0] ?? null)

const selectReferral = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('referral').selectAll().where('id', '=', id),
)

/**
 * A payment that is told late makes later ones of the same person the second, third ...: terms that count payments or months
 * are applied to them anew.
 */
export async function renumberLater(tx: Tx, project: Project, told: Conversion, now: Instant): Promise<void> {
  if (told.referral_id === null) return
  for (const later of await selectLater(tx, { referralId: told.referral_id, after: told.occurred_at })) {
    const after = await decidedAgain(tx, later, { by: 'terms of then' })
    await transition(tx, project, later, after, { kind: 'renumbered', note: 'changed' }, now)
  }
}

const selectLater = prepared((tx, { referralId, after }: { referralId: number; after: Instant }) =>
  tx
    .selectFrom('conversion')
    .selectAll()
    .where('referral_id', '=', referralId)
    .where('type', '=', 'purchase')
    .where('source', '=', 'provider')
    .where('status', '=', 'approved')
    .where('occurred_at', '>', after)
    .where('deleted_at', 'is', null)
    .orderBy('id'),
)
