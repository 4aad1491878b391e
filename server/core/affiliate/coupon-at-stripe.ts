/** What a change of our coupons asks of Stripe; it is done after the change is committed. */
import { randomBytes } from 'node:crypto'
import type { Coupon, Instant, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { findConnection } from '../project/provider-connection.ts'
import { addTask } from '../project/provider-task.ts'

/** What the code takes off: a percentage, or minor units of a currency. */
export interface NewDiscount {
  percent_off?: number | undefined
  amount_off?: number | undefined
  currency?: string | undefined
  duration: 'once' | 'forever' | 'repeating'
  /** Of a repeating one. */
  duration_in_months?: number | undefined
}

export type MakeCoupon = NewDiscount & { id: string; code: string }

export interface RemoveCoupon {
  /** Of a coupon, or of a promotion code. */
  id: string
  code: string
  /** Other affiliates hand out codes of the same coupon: only this code goes. */
  shared: boolean
}

/**
 * Asks for the coupon and a promotion code that customers type.
 * @returns the coupon's id at Stripe, known before it is there
 * @throws DomainError 'invalid_request' | 'provider_not_connected'
 */
export async function makeAtStripe(
  tx: Tx,
  projectId: number,
  code: string,
  discount: NewDiscount,
  now: Instant,
): Promise<string> {
  if (!/^[A-Za-z0-9-]+$/.test(code))
    throw new DomainError(
      'invalid_request',
      'coupon_code: expected letters, digits and hyphens, which is all Stripe takes',
    )
  if (!(await hasKey(tx, projectId)))
    throw new DomainError(
      'provider_not_connected',
      'create_in_stripe needs a Stripe key; run "refgrow provider connect --provider stripe --secret-key ..."',
    )
  const fields: MakeCoupon = { ...discount, id: `refgrow_${randomBytes(9).toString('base64url')}`, code }
  await addTask(tx, projectId, 'stripe', { kind: 'create_coupon', fields }, now)
  return fields.id
}

/** Asks for what a deleted coupon was linked to; without a key it stays there. */
export async function removeAtStripe(tx: Tx, coupon: Coupon, now: Instant): Promise<void> {
  const { project_id, stripe_coupon_id: id, coupon_code: code } = coupon
  if (id === null || !(await hasKey(tx, project_id))) return
  const other = await tx
    .selectFrom('coupon')
    .select('id')
    .where('project_id', '=', project_id)
    .where('stripe_coupon_id', '=', id)
    .limit(1)
    .executeTakeFirst()
  const fields: RemoveCoupon = { id, code, shared: other !== undefined }
  await addTask(tx, project_id, 'stripe', { kind: 'delete_coupon', fields }, now)
}

const hasKey = async (tx: Tx, projectId: number): Promise<boolean> =>
  Boolean((await findConnection(tx, projectId, 'stripe'))?.api_key_sealed)
