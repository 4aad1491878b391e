/** Money that Stripe gives back or may have to: refunds, credit notes, disputes. */
import type Stripe from 'stripe'
import type { Dispute, Identity, Ignored, Refund } from '../../core/payment/event.ts'
import { codeIn } from '../payload.ts'
import { inMinorUnits } from '../stripe-units.ts'
import { cluesOf, customerOf, type Envelope, idOf, type Reference, told } from './fields.ts'

/** Before 2025-03-31.basil. */
interface OldPaid {
  invoice?: Reference
}

/** Joins a charge and its payment; the sale itself is a checkout or an invoice. */
export function charge(event: Envelope, paid: Stripe.Charge & OldPaid): Identity {
  return {
    ...told(event, idsOfCharge(paid)),
    kind: 'identity',
    email: null,
    clues: cluesOf({ metadata: codeIn(paid.metadata) }),
  }
}

export function paymentIntent(event: Envelope, intent: Stripe.PaymentIntent & OldPaid): Identity {
  const ids = {
    customer: customerOf(intent),
    invoice: idOf(intent.invoice),
    payment: intent.id,
    charge: idOf(intent.latest_charge),
  }
  return { ...told(event, ids), kind: 'identity', email: null, clues: cluesOf({ metadata: codeIn(intent.metadata) }) }
}

/** Everything that went back so far. */
export function chargeRefunded(event: Envelope, paid: Stripe.Charge & OldPaid): Refund | Ignored {
  if (paid.amount_captured === 0)
    return { kind: 'ignored', reason: 'released before it was captured; nothing had been paid' }
  return {
    ...told(event, idsOfCharge(paid)),
    kind: 'refund',
    external_id: paid.id,
    ...inMinorUnits(paid.amount_refunded, paid.currency),
    cumulative: true,
    // One charge may be a part of what an invoice was paid with; what was never captured counts as refunded here.
    of: paid.amount_captured < paid.amount ? inMinorUnits(paid.amount, paid.currency).amount : null,
    state: 'done',
    reason: null,
  }
}

const REFUND_STATES: Record<string, Refund['state']> = {
  pending: 'pending',
  requires_action: 'pending',
  failed: 'undone',
  canceled: 'undone',
}

/** One refund, and how it goes on. */
export function refund(event: Envelope, step: Stripe.Refund): Refund {
  return {
    ...told(event, { customer: customerOf(step), payment: idOf(step.payment_intent), charge: idOf(step.charge) }),
    kind: 'refund',
    external_id: step.id,
    ...inMinorUnits(step.amount, step.currency),
    cumulative: false,
    of: null,
    state: REFUND_STATES[step.status ?? ''] ?? 'done',
    reason: step.reason ?? null,
  }
}

/** Before 2025-03-31.basil a note had one refund at most, and was either before or after the payment. */
interface OldCreditNote {
  refund?: Reference
}

/** What a paid invoice gives back otherwise than by a refund, which is told by itself: as credit, or outside of Stripe. */
export function creditNote(event: Envelope, note: Stripe.CreditNote & OldCreditNote): Refund | Ignored {
  const amount = creditedBy(note)
  if (amount <= 0) return { kind: 'ignored', reason: 'credits nothing beside refunds, which are told by themselves' }
  return {
    ...told(event, { customer: customerOf(note), invoice: idOf(note.invoice) }),
    kind: 'refund',
    external_id: note.id,
    ...inMinorUnits(amount, note.currency),
    cumulative: false,
    of: null,
    state: note.status === 'void' ? 'undone' : 'done',
    reason: note.reason ?? null,
  }
}

function creditedBy(note: Stripe.CreditNote & OldCreditNote): number {
  const { refunds, refund: oldRefund, out_of_band_amount } = note
  if (typeof note.post_payment_amount === 'number')
    return (refunds ?? []).reduce((rest, { amount_refunded }) => rest - amount_refunded, note.post_payment_amount)
  if (note.type !== 'post_payment') return 0
  return oldRefund ? (out_of_band_amount ?? 0) : note.amount
}

/** By its status: an appeal opens a lost dispute again, and a later won gives everything back. */
export function dispute(event: Envelope, fact: Stripe.Dispute): Dispute | Ignored {
  if (fact.status.startsWith('warning_')) return { kind: 'ignored', reason: 'an inquiry moves no money' }
  return {
    ...told(event, { payment: idOf(fact.payment_intent), charge: idOf(fact.charge) }),
    kind: 'dispute',
    external_id: fact.id,
    ...inMinorUnits(fact.amount, fact.currency),
    state: stateOf(fact),
  }
}

function stateOf({ status, balance_transactions }: Stripe.Dispute): Dispute['state'] {
  if (status === 'won') return 'won'
  if (status === 'lost') return 'lost'
  // Closed by a refund, which is told by itself.
  if (status === 'charge_refunded') return 'won'
  if (status !== 'prevented') return 'opened'
  return balance_transactions.reduce((sum, { amount }) => sum + amount, 0) < 0 ? 'lost' : 'won'
}

const idsOfCharge = (paid: Stripe.Charge & OldPaid) => ({
  customer: customerOf(paid),
  invoice: idOf(paid.invoice),
  payment: idOf(paid.payment_intent),
  charge: paid.id,
})
