/** Explain attribution: the stored decision in sentences, which ends "why was I not credited". */
import type { Conversion, Tx } from '../../db/schema.ts'
import { getConversion } from './change.ts'
import { type ConversionDecision, decisionOf } from './decision.ts'
import { formatMinor } from '../kit/money.ts'

export interface Explained {
  conversion: Conversion
  decision: ConversionDecision
  explanation: string[]
}

/** @throws DomainError 'conversion_not_found' */
export async function explainConversion(tx: Tx, projectId: number, id: number): Promise<Explained> {
  const conversion = await getConversion(tx, projectId, id)
  const decision = decisionOf(conversion)
  return { conversion, decision, explanation: explain(conversion, decision) }
}

export function explain(
  conversion: Pick<Conversion, 'status' | 'status_reason'>,
  { winner, candidates, notes = [], commission, second_tier }: ConversionDecision,
): string[] {
  return [
    winner ? `Affiliate ${winner.affiliate_id} was credited, by ${NAMES[winner.kind]}.` : noWinner(candidates.length),
    ...candidates.map(({ kind, value, affiliate_id, outcome, reason }) => {
      const whose = affiliate_id === null ? 'of nobody' : `of affiliate ${affiliate_id}`
      return `${capital(NAMES[kind])} "${value}" ${whose} ${outcome}: ${reason}.`
    }),
    ...notes.map((note) => `${note}.`),
    'amount' in commission
      ? `It earned ${formatMinor(commission.amount, commission.currency)} ${commission.currency}, by version ${commission.rule_version} of the ${commission.scope}'s terms, released on ${commission.release_at.slice(0, 10)}.`
      : `It earned nothing: ${REASONS[commission.reason]}.`,
    ...(second_tier
      ? [
          `Affiliate ${second_tier.affiliate_id}, who invited the seller, earned ${formatMinor(second_tier.amount, second_tier.currency)} ${second_tier.currency}.`,
        ]
      : []),
    ...(conversion.status === 'approved'
      ? []
      : [`The conversion is ${conversion.status}${conversion.status_reason ? `: ${conversion.status_reason}` : ''}.`]),
  ]
}

const noWinner = (looked: number) =>
  looked === 0
    ? 'Nobody was credited: the conversion carried no referral code, coupon or known e-mail.'
    : 'Nobody was credited.'

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

const NAMES: Record<ConversionDecision['candidates'][number]['kind'], string> = {
  manual: 'a decision by hand',
  coupon: 'the coupon',
  metadata: 'the code in the metadata',
  client_reference: "the checkout's client reference",
  subscription_metadata: 'the code in the subscription',
  email: 'the person known before',
  click: 'the click',
}

type Reason = Exclude<ConversionDecision['commission'], { amount: number }>['reason']

const REASONS: Record<Reason, string> = {
  no_rule: 'the campaign has no terms',
  not_a_purchase: 'only purchases earn under these terms',
  zero_amount: 'there was no amount to share',
  other_currency: 'the fixed commission is in another currency',
  duration_over: 'the time for which this customer earns is over',
  renewals_off: 'renewals earn nothing under these terms',
  upgrades_off: 'upgrades earn nothing under these terms',
  not_attributed: 'nobody was credited',
  not_confirmed: 'a browser reported it and nobody confirmed it yet',
  not_approved: 'it waits for approval',
}
