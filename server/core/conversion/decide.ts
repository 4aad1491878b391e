/** Decides about a conversion: who is credited, and, where it is approved, what they earn. Writes nothing. */
import type { Conversion, Instant, Project, Referral, Tx } from '../../db/schema.ts'
import { settingsOf } from '../project/settings.ts'
import { attribute, type Candidate, circumstancesOf, whyNot } from './attribution.ts'
import { findCandidates } from './candidates.ts'
import type { ConversionDecision } from './decision.ts'
import type { Advance } from './referral.ts'
import type { NewConversion } from './report.ts'
import { rewards, type Sold } from './reward.ts'

export interface Decided {
  decision: ConversionDecision
  affiliate: Candidate['affiliate']
  /** When the click behind a browser's word was made. */
  clicked_at: Instant | null
  /** What a browser claimed of this person before still counts. */
  claim_stands: boolean
}

type Report = Pick<NewConversion, 'source' | 'clues' | 'email' | 'other_emails'> & Sold

/** @param except a conversion that is decided again, which is no earlier purchase of itself */
export async function decide(
  tx: Tx,
  project: Project,
  report: Report,
  referral: Referral | null,
  status: Conversion['status'],
  except?: number,
): Promise<Decided> {
  const candidates = await findCandidates(tx, project.id, report, referral)
  const { notes } = report.clues
  const about = { id: project.id, settings: settingsOf(project) }
  const emails = [report.email, ...(report.other_emails ?? [])]
  const circumstances = circumstancesOf(about, referral, emails, report.occurred_at)
  const credited = { ...attribute(candidates, circumstances), ...(notes?.length && { notes }) }
  const affiliate =
    candidates.find((candidate) => candidate.affiliate?.id === credited.winner?.affiliate_id)?.affiliate ?? null
  const known = {
    affiliate,
    clicked_at: candidates.find(({ kind, flaw }) => kind === 'click' && !flaw)?.clicked_at ?? null,
    claim_stands: candidates.some((one) => one.kind === 'email' && !one.proven && !whyNot(one, circumstances)),
  }
  if (!affiliate) return { decision: { ...credited, commission: { reason: 'not_attributed' } }, ...known }
  if (status !== 'approved') {
    const reason = report.source === 'browser' ? 'not_confirmed' : 'not_approved'
    return { decision: { ...credited, commission: { reason } }, ...known }
  }
  return { decision: { ...credited, ...(await rewards(tx, report, affiliate, referral, except)) }, ...known }
}

/** How the person moves on with it. What the owner approved by hand is proven, whoever reported it. */
export function advanceOf(
  conversion: Conversion,
  { decision: { winner }, clicked_at, claim_stands }: Omit<Decided, 'affiliate'>,
): Advance {
  const reviewed = conversion.reviewed_at !== null
  return {
    type: conversion.type,
    settled: conversion.status === 'approved',
    browser: conversion.source === 'browser' && !reviewed,
    winner: winner && reviewed ? { ...winner, proven: true } : winner,
    clicked_at,
    claim_stands,
  }
}
