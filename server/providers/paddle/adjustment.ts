/** Paddle's adjustments: refunds, which Paddle approves first, chargebacks, and credits, which move no money. */
import type { Dispute, PaymentEvent, Refund } from '../../core/payment/event.ts'
import { type PaddleEvent, toldBy } from './event.ts'
import { ignored, optionalId, type Reader, textOf } from '../payload.ts'

interface Adjustment {
  id?: unknown
  action?: string
  status?: string
  reason?: unknown
  transaction_id?: unknown
  subscription_id?: unknown
  customer_id?: unknown
  currency_code?: unknown
  totals?: { subtotal?: unknown; total?: unknown } | null
}

const REFUND_STATES: Record<string, Refund['state']> = {
  pending_approval: 'pending',
  approved: 'done',
  rejected: 'undone',
  reversed: 'undone',
}

/** Paddle gives a disputed payment back at once and tells nothing more when it is lost. */
const CHARGEBACK_STATES: Record<string, Dispute['state']> = {
  pending_approval: 'opened',
  approved: 'lost',
  rejected: 'won',
  reversed: 'won',
}

export function paddleAdjustment(event: PaddleEvent<Adjustment>): PaymentEvent {
  const { data } = event
  switch (data?.action) {
    case 'refund':
      return refund(event, data)
    case 'chargeback':
      return chargeback(event, data, stateOf(event, CHARGEBACK_STATES))
    case 'chargeback_reverse':
      return chargeback(event, data, 'won')
    case 'chargeback_warning':
    case 'chargeback_warning_reverse':
      return ignored('a warning of a chargeback moves no money')
    case 'credit':
    case 'credit_reverse':
      return ignored('a credit is counted where it is used: it lowers what a later transaction is paid with')
    default:
      throw new Error(`Paddle ${event.event_type}: data.action ${JSON.stringify(data?.action)} is not known`)
  }
}

/** Shares are of what the buyer paid, with tax. Tax alone may be given back on proof of a tax number. */
function refund(event: PaddleEvent, data: Adjustment): PaymentEvent {
  const { read, told } = toldBy(event)
  const amount = read.minor(data.totals?.total, 'data.totals.total')
  return {
    ...told,
    kind: 'refund',
    ids: idsOf(data, read),
    external_id: read.id(data.id, 'data.id'),
    amount,
    currency: read.currency(data.currency_code, 'data.currency_code'),
    cumulative: false,
    of: null,
    only_tax: amount > 0 && data.totals?.subtotal === '0',
    state: stateOf(event, REFUND_STATES),
    reason: textOf(data.reason),
  }
}

/** The reversal has an id of its own and does not name the chargeback: both are known by their transaction. */
function chargeback(event: PaddleEvent, data: Adjustment, state: Dispute['state']): PaymentEvent {
  const { read, told } = toldBy(event)
  const ids = idsOf(data, read)
  return {
    ...told,
    kind: 'dispute',
    ids,
    external_id: `chargeback-${ids.payment}`,
    amount: read.minor(data.totals?.total, 'data.totals.total'),
    currency: read.currency(data.currency_code, 'data.currency_code'),
    state,
  }
}

const idsOf = (data: Adjustment, read: Reader) => ({
  customer: optionalId(data.customer_id),
  subscription: optionalId(data.subscription_id),
  payment: read.id(data.transaction_id, 'data.transaction_id'),
})

function stateOf<State>({ event_type, data }: PaddleEvent<Adjustment>, states: Record<string, State>): State {
  const state = states[data?.status ?? '']
  if (state) return state
  throw new Error(
    `Paddle ${event_type}: data.status must be one of ${Object.keys(states).join(', ')}, got ${JSON.stringify(data?.status)}`,
  )
}
