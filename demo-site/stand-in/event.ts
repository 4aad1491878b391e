/** What Stripe sends when a Payment Link was paid: a `checkout.session.completed` event of the SDK's API version. */
import { Stripe } from 'stripe'

export interface PaidSession {
  id: string
  eventId: string
  paymentIntentId: string
  paymentLinkId: string
  amount: number
  currency: string
  email: string
  clientReferenceId: string | null
  successUrl: string
  createdAt: Date
  paidAt: Date
}

/** One charge for every price: the renewals of a subscription are not played. */
export function checkoutCompleted(paid: PaidSession) {
  return {
    id: paid.eventId,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: seconds(paid.paidAt),
    data: { object: checkoutSession(paid) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'checkout.session.completed',
  }
}

/** Stripe keeps 1 to 200 letters, digits, hyphens and underscores, and drops anything else without a word. */
export const keepClientReferenceId = (value: unknown) =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,200}$/.test(value) ? value : null

/** Typed by Stripe's own SDK, so that a field that is missing or misspelt does not compile. */
function checkoutSession(paid: PaidSession): Omit<Stripe.Checkout.Session, 'lastResponse'> {
  return {
    id: paid.id,
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
    created: seconds(paid.createdAt),
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
    expires_at: seconds(paid.createdAt) + 24 * 60 * 60,
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

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)
