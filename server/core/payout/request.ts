/** Requests for payouts: an affiliate asks, the owner hears of it and pays, or does not. */
import type { Affiliate, Instant, PayoutMethod, PayoutRequest, Project, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { recordEvent } from '../news/feed.ts'
import { queueMail } from '../news/mail.ts'
import { formatMinor } from '../kit/money.ts'
import { lockBalance } from '../ledger/locked-balance.ts'
import { findPayoutMethod } from './method.ts'
import { settingsOf } from '../project/settings.ts'

/**
 * Asks for all that is eligible in the currency. An open request stays as it is, so that asking twice is asking once.
 * @throws DomainError 'invalid_request' (no account to pay to) | 'nothing_to_pay' (nothing eligible, less than the minimum, not
 * active, or requests are not taken)
 */
export async function requestPayout(
  tx: Tx,
  project: Project,
  affiliate: Pick<Affiliate, 'id' | 'email' | 'status'>,
  currency: string,
  now: Instant,
): Promise<void> {
  const { payout_requests, payout_minimum, payout_kinds } = settingsOf(project)
  if (!payout_requests) throw nothingToPay('This programme pays without being asked')
  if (affiliate.status !== 'active') throw nothingToPay(`The affiliate is ${affiliate.status}`)
  const method = await findPayoutMethod(tx, project.id, affiliate.id)
  if (!method || !payout_kinds.includes(method.kind))
    throw new DomainError('invalid_request', `method: expected an account (${payout_kinds.join(', ')})`, 'method')

  const { eligible } = await lockBalance(tx, project.id, affiliate.id, currency, now)
  const minimum = Math.max(1, currency === project.currency ? payout_minimum : 1)
  if (eligible < minimum)
    throw nothingToPay(
      `${formatMinor(eligible, currency)} ${currency} is available, ${formatMinor(minimum, currency)} is needed`,
    )

  const request = await tx
    .insertInto('payout_request')
    .values({
      project_id: project.id,
      affiliate_id: affiliate.id,
      currency,
      amount: eligible,
      status: 'open',
      created_at: now,
      closed_at: null,
    })
    .onConflict((clash) => clash.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (request) await announce(tx, project, affiliate.email, request, method, now)
}

const nothingToPay = (sentence: string) => new DomainError('nothing_to_pay', sentence)

async function announce(
  tx: Tx,
  project: Project,
  email: string,
  { id, affiliate_id, amount, currency, status }: PayoutRequest,
  { kind, masked }: PayoutMethod,
  now: Instant,
): Promise<void> {
  const { owner_email, language } = settingsOf(project)
  const subject = `payout request ${id}`
  if (owner_email !== null) {
    const fields = { affiliate: email, affiliate_id, amount, currency, account: { kind, masked } }
    await queueMail(
      tx,
      project,
      { recipient: owner_email, template: 'payout_requested', language, fields, once_key: subject },
      now,
    )
  }
  const payload = {
    referrer: { id: String(affiliate_id), email },
    payout_request: { id: `req_${id}`, amount: formatMinor(amount, currency), currency, status },
  }
  await recordEvent(tx, project.id, { type: 'payout_requested', subject, payload }, now)
}

/** Ends what the affiliate asked for. @param currency absent: in every currency */
export async function closeRequests(
  tx: Tx,
  affiliateId: number,
  status: 'paid' | 'withdrawn',
  now: Instant,
  currency?: string,
): Promise<void> {
  await tx
    .updateTable('payout_request')
    .set({ status, closed_at: now })
    .where('affiliate_id', '=', affiliateId)
    .where('status', '=', 'open')
    .$if(currency !== undefined, (query) => query.where('currency', '=', currency as string))
    .execute()
}

export interface RequestFilter {
  status?: PayoutRequest['status'] | undefined
  limit: number
  offset: number
}

export interface RequestWithAffiliate extends PayoutRequest {
  affiliate_email: string
  method: PayoutMethod['kind'] | null
  account: string | null
}

/** One page, newest first, and how many there are in all. */
export async function listPayoutRequests(
  tx: Tx,
  projectId: number,
  { status, limit, offset }: RequestFilter,
): Promise<Listed<RequestWithAffiliate>> {
  let wanted = tx.selectFrom('payout_request').where('payout_request.project_id', '=', projectId)
  if (status) wanted = wanted.where('payout_request.status', '=', status)
  const rows = await wanted
    .innerJoin('affiliate', 'affiliate.id', 'payout_request.affiliate_id')
    .leftJoin('payout_method', 'payout_method.affiliate_id', 'payout_request.affiliate_id')
    .selectAll('payout_request')
    .select(['affiliate.email as affiliate_email', 'payout_method.kind as method', 'payout_method.masked as account'])
    .orderBy('payout_request.id', 'desc')
    .limit(limit + 1)
    .offset(offset)
    .execute()
  return listed(tx, { limit, offset }, rows, wanted)
}
