/** The objects in Stripe's events, typed by its own SDK, so that a field that is missing or misspelt does not compile. */
import type { Stripe } from 'stripe'

export interface Paid {
  sessionId: string
  paymentIntentId: string
  chargeId: string
  paymentLinkId: string
  amount: number
  currency: string
  email: string
  clientReferenceId: string | null
  successUrl: string
  openedAt: Date
  paidAt: Date
}

/** One charge for every price: the renewals of a subscription are not played. */
export function checkoutSession(paid: Paid): Omit<Stripe.Checkout.Session, 'lastResponse'> {
  return {
    id: paid.sessionId,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: false,
    allowed_payment_method_types: null,
    amount_subtotal: paid.amount,
    amount_total: paid.amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: 'auto',
    cancel_url: null,
    client_reference_id: paid.clientReferenceId,
    client_secret: null,
    collected_information: { business_name: null, individual_name: null, shipping_details: null },
    consent: null,
    consent_collection: null,
    created: seconds(paid.openedAt),
    currency: paid.currency.toLowerCase(),
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: null,
    customer_account: null,
    customer_creation: 'if_required',
    customer_details: {
      address: { city: null, country: 'US', line1: null, line2: null, postal_code: null, state: null },
      business_name: null,
      email: paid.email,
      individual_name: null,
      name: null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    customer_email: null,
    discounts: [],
    expires_at: seconds(paid.openedAt) + 24 * 60 * 60,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: 'auto',
    managed_payments: null,
    metadata: {},
    mode: 'payment',
    origin_context: null,
    payment_intent: paid.paymentIntentId,
    payment_link: paid.paymentLinkId,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_status: 'paid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'complete',
    submit_type: 'auto',
    subscription: null,
    success_url: paid.successUrl,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: null,
    wallet_options: null,
  }
}

export function refundOf(paid: Paid, id: string, amount: number, at: Date): Omit<Stripe.Refund, 'lastResponse'> {
  return {
    id,
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: paid.chargeId,
    created: seconds(at),
    currency: paid.currency.toLowerCase(),
    customer: null,
    customer_account: null,
    destination_details: { card: { type: 'refund' }, type: 'card' },
    metadata: {},
    payment_intent: paid.paymentIntentId,
    payment_method: null,
    reason: 'requested_by_customer',
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }
}

/** The charge after `refunded` of it went back in all. */
export function chargeOf(paid: Paid, refunded: number): Omit<Stripe.Charge, 'lastResponse'> {
  return {
    id: paid.chargeId,
    object: 'charge',
    amount: paid.amount,
    amount_captured: paid.amount,
    amount_refunded: refunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: paid.email, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'HALFPAGE',
    captured: true,
    created: seconds(paid.paidAt),
    currency: paid.currency.toLowerCase(),
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: null,
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: true,
    payment_intent: paid.paymentIntentId,
    payment_method: null,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: refunded === paid.amount,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
}

export const seconds = (date: Date) => Math.floor(date.getTime() / 1000)
