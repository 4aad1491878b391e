/** What a payment's commission is computed on: with or without tax and shipping, as the project has it. */
import { shareOf } from '../kit/money.ts'
import type { Price } from './event.ts'
import type { Settings } from '../project/settings.ts'

export type BaseSettings = Pick<Settings, 'commission_on_tax' | 'commission_on_shipping'>

/**
 * What was billed, without tax and shipping unless the settings say otherwise, and of that the share that was paid now.
 * Credit earns nothing when it is spent: its money was a sale before, or a gift. Minor units, rounded half up, once; never
 * below 0.
 */
export function commissionBase(
  { gross, total = gross, tax, shipping }: Price,
  { commission_on_tax, commission_on_shipping }: BaseSettings,
): number {
  const earning = Math.max(total - (commission_on_tax ? 0 : tax) - (commission_on_shipping ? 0 : shipping), 0)
  if (gross >= total) return earning
  return gross > 0 ? shareOf(earning, gross, total) : 0
}
