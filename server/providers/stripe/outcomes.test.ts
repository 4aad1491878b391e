/** Every kind of event of Stripe, in the shapes of API 2026-10-28.endive and 2025-02-24.acacia, and what it comes to. */
import { checkout } from '../../test/programme.ts'
import { type Case, testOutcomes } from '../../test/outcomes.ts'
import * as sent from '../../test/stripe-events.ts'
import { stripe } from './stripe.ts'

const { withFields } = sent
const email = 'buyer@example.com'
const ANN = { client_reference: 'ANN' }
const member = { customer: 'cus_1', subscription: 'sub_1' }
const sale = { payment: 'pi_one', checkout: 'cs_one' }

const joined = (ids: object, more: object = {}) => ({ kind: 'identity', ids, email: null, clues: {}, ...more })
const paid = (external_id: string, gross: number, more: object) => ({
  kind: 'payment',
  external_id,
  email,
  gross,
  tax: 0,
  shipping: 0,
  currency: 'USD',
  product_id: null,
  payment_kind: 'one_time',
  clues: {},
  ...more,
})

const bought = checkout({ id: 'one', amount: 9_600, tax: 1_600, code: 'ANN' })
const redeemed = withFields(bought, { discounts: [{ coupon: 'PARTNER20', promotion_code: 'promo_20' }] })
const redeemedClues = { ...ANN, coupon_ids: ['promo_20', 'PARTNER20'] }
const begun = (amount: number) =>
  sent.subscriptionCheckout({ id: 'two', amount, code: 'ANN', invoice: 'in_0', ...member })

const sessions: Case[] = [
  [
    'a sale to a guest, with tax and a redeemed code',
    redeemed,
    paid('pi_one', 9_600, { ids: sale, tax: 1_600, clues: redeemedClues }),
  ],
  [
    'a sale in yen',
    checkout({ id: 'one', amount: 1_200, currency: 'jpy', code: 'ANN' }),
    paid('pi_one', 1_200, { ids: sale, currency: 'JPY', clues: ANN }),
  ],
  [
    'a sale by bank debit, before the money came',
    withFields(redeemed, { payment_status: 'unpaid' }),
    joined(sale, { email, clues: redeemedClues }),
  ],
  [
    'the same when the money came',
    { ...redeemed, type: 'checkout.session.async_payment_succeeded' },
    paid('pi_one', 9_600, { ids: sale, tax: 1_600, clues: redeemedClues }),
  ],
  [
    'a subscription that is paid at once',
    begun(2_900),
    joined({ ...member, invoice: 'in_0', checkout: 'cs_two' }, { email, clues: ANN }),
  ],
  [
    'a subscription that starts with a trial',
    begun(0),
    { kind: 'start', ids: { ...member, invoice: 'in_0', checkout: 'cs_two' }, email, clues: ANN },
  ],
]

const bill = { id: 'in_1', ...member }
const unused = { amount: -1_450, product: 'prod_basic', proration: true }
const remaining = { amount: 4_950, product: 'prod_pro', proration: true }

const invoices = (['new', 'old'] as const).flatMap((shape): Case[] => {
  const told = { payment: 'pi_1', charge: 'ch_1' }
  const ids = { ...member, invoice: 'in_1', ...(shape === 'old' && told) }
  const invoice = (more: Omit<sent.InvoicePaid, 'id'>) => sent.invoicePaid({ ...bill, ...told, shape, ...more })
  return [
    [
      `the first invoice (${shape})`,
      invoice({ total: 499, reason: 'subscription_create' }),
      paid('in_1', 499, { ids, product_id: 'prod_1', payment_kind: 'first' }),
    ],
    [
      `a renewal with a discount and tax (${shape})`,
      invoice({ total: 2_784, tax: 464, lines: [{ amount: 2_900, product: 'prod_basic' }] }),
      paid('in_1', 2_784, { ids, tax: 464, product_id: 'prod_basic', payment_kind: 'renewal' }),
    ],
    [
      `an upgrade, whose two lines correct each other (${shape})`,
      invoice({ total: 3_500, reason: 'subscription_update', lines: [unused, remaining] }),
      paid('in_1', 3_500, { ids, product_id: 'prod_pro', payment_kind: 'upgrade' }),
    ],
    [
      `a phase of a schedule that begins: one line of the old price is corrected, the new one is billed (${shape})`,
      invoice({ total: 8_450, lines: [unused, { amount: 9_900, product: 'prod_pro' }] }),
      paid('in_1', 8_450, { ids, product_id: 'prod_pro', payment_kind: 'renewal' }),
    ],
    [
      `the invoice of a trial, over nothing (${shape})`,
      invoice({ total: 0 }),
      { kind: 'start', ids, email, clues: {} },
    ],
    [
      `a downgrade, whose invoice is negative (${shape})`,
      invoice({ total: -1_450, reason: 'subscription_update', lines: [unused] }),
      { kind: 'ignored', reason: 'a negative invoice becomes credit; no money went back' },
    ],
    [
      `an invoice paid in part by credit (${shape})`,
      invoice({ total: 2_784, tax: 464, paid: 1_000 }),
      paid('in_1', 1_000, { ids, total: 2_784, tax: 464, product_id: 'prod_1', payment_kind: 'renewal' }),
    ],
    [
      `an invoice written by hand, for nobody with an address (${shape})`,
      invoice({ total: 1_000, subscription: null, customer: null, email: null }),
      paid('in_1', 1_000, {
        ids: { invoice: 'in_1', ...(shape === 'old' && told) },
        email: null,
        product_id: 'prod_1',
      }),
    ],
    [
      `what the charge of it says when it succeeded (${shape})`,
      sent.chargeSucceeded({ ...told, amount: 499, customer: 'cus_1', invoice: 'in_1', shape }),
      joined({ ...told, customer: 'cus_1', ...(shape === 'old' && { invoice: 'in_1' }) }),
    ],
    [
      `what its payment says when it succeeded (${shape})`,
      sent.paymentIntentSucceeded({ ...told, amount: 499, customer: 'cus_1', invoice: 'in_1', shape }),
      joined({ ...told, customer: 'cus_1', ...(shape === 'old' && { invoice: 'in_1' }) }),
    ],
    [
      `a discount begins (${shape})`,
      sent.discountCreated({ id: 'di_1', ...member, coupon: 'PARTNER20', promotionCode: 'promo_20', shape }),
      joined(member, { clues: { coupon_ids: ['promo_20', 'PARTNER20'] } }),
    ],
  ]
})

const ending = { id: 'sub_1', customer: 'cus_1', invoice: 'in_1', type: 'updated' } as const
const canceled = { kind: 'cancellation', ids: member, reason: 'cancellation_requested' }
const subscriptions: Case[] = [
  [
    'an old invoice that spells out its discount and its product',
    withFields(
      sent.invoicePaid({ id: 'in_1', total: 24_500, tax: 1_800, customer: 'cus_1', coupon: 'TEN', shape: 'old' }),
      { lines: { data: [{ amount: 22_700, price: { product: { id: 'prod_shirt' } } }] } },
    ),
    paid('in_1', 24_500, {
      ids: { customer: 'cus_1', invoice: 'in_1' },
      tax: 1_800,
      product_id: 'prod_shirt',
      clues: { coupon_ids: ['TEN'] },
    }),
  ],
  [
    'which payment paid an invoice',
    sent.invoicePaymentPaid({ invoice: 'in_1', payment: 'pi_1' }),
    joined({ invoice: 'in_1', payment: 'pi_1' }),
  ],
  [
    'a subscription is made',
    sent.subscription({ ...ending, type: 'created', metadata: { ref: 'ANN' } }),
    joined({ ...member, invoice: 'in_1' }, { clues: { subscription_metadata: 'ANN' } }),
  ],
  [
    'a subscription starts with a trial',
    sent.subscription({ ...ending, type: 'created', status: 'trialing' }),
    { kind: 'start', ids: { ...member, invoice: 'in_1' }, email: null, clues: {} },
  ],
  [
    'its trial ends; the invoice is spelled out',
    withFields(sent.subscription({ ...ending, before: { status: 'trialing' } }), { latest_invoice: { id: 'in_2' } }),
    joined({ ...member, invoice: 'in_2' }),
  ],
  [
    'it changes to another price, by hand or by a schedule',
    sent.subscription({ ...ending, before: { items: { data: [{ id: 'si_1', price: { id: 'price_basic' } }] } } }),
    joined({ ...member, invoice: 'in_1' }),
  ],
  [
    'a schedule takes it over',
    withFields(sent.subscription({ ...ending, before: { schedule: null } }), { schedule: 'sub_sched_1' }),
    joined({ ...member, invoice: 'in_1' }),
  ],
  [
    'it is to end with its period',
    sent.subscription({ ...ending, atPeriodEnd: true, before: { cancel_at_period_end: false } }),
    canceled,
  ],
  ['it is over', sent.subscription({ ...ending, type: 'deleted', status: 'canceled' }), canceled],
  [
    'a subscription without a reason for its end is over',
    withFields(sent.subscription({ ...ending, status: 'canceled' }), { cancellation_details: null }),
    { ...canceled, reason: null },
  ],
  [
    'a customer gets another address',
    sent.customer({ id: 'cus_1', type: 'updated', email }),
    joined({ customer: 'cus_1' }, { email }),
  ],
]

const charged = { charge: 'ch_one', payment: 'pi_one' }
const back = (more: object) => ({
  kind: 'refund',
  ids: charged,
  currency: 'USD',
  cumulative: false,
  of: null,
  state: 'done',
  reason: 'requested_by_customer',
  ...more,
})
const soFar = (amount: number, more: object = {}) =>
  back({ external_id: 'ch_one', amount, cumulative: true, reason: null, ...more })
const step = { id: 're_1', ...charged, amount: 2_400 }
const fought = { id: 'dp_1', ...charged, amount: 2_784 }
const dispute = (state: string) => ({
  kind: 'dispute',
  external_id: 'dp_1',
  ids: charged,
  amount: 2_784,
  currency: 'USD',
  state,
})
const inquiry = { kind: 'ignored', reason: 'an inquiry moves no money' }
const note = { id: 'cn_1', invoice: 'in_1', amount: 900 }

const moneyBack: Case[] = [
  ['a guest is charged', sent.chargeSucceeded({ ...charged, amount: 9_600 }), joined(charged)],
  ['a part goes back, in sum', sent.chargeRefunded({ ...charged, amount: 9_600, refunded: 2_400 }), soFar(2_400)],
  ['the rest follows, in sum', sent.chargeRefunded({ ...charged, amount: 9_600, refunded: 9_600 }), soFar(9_600)],
  [
    'a whole renewal goes back, in sum',
    sent.chargeRefunded({ ...charged, amount: 2_784, refunded: 2_784, customer: 'cus_1' }),
    soFar(2_784, { ids: { ...charged, customer: 'cus_1' } }),
  ],
  [
    'in the old shape with its invoice',
    sent.chargeRefunded({ ...charged, amount: 2_784, refunded: 500, invoice: 'in_1', shape: 'old' }),
    soFar(500, { ids: { ...charged, invoice: 'in_1' } }),
  ],
  ['the first step of a refund', sent.refundObject(step), back({ external_id: 're_1', amount: 2_400 })],
  [
    'the second step',
    sent.refundObject({ ...step, id: 're_2', amount: 7_200 }),
    back({ external_id: 're_2', amount: 7_200 }),
  ],
  [
    'a refund that waits',
    sent.refundObject({ ...step, status: 'pending' }),
    back({ external_id: 're_1', amount: 2_400, state: 'pending' }),
  ],
  [
    'a refund that waited and went through',
    sent.refundObject({ ...step, type: 'refund.updated' }),
    back({ external_id: 're_1', amount: 2_400 }),
  ],
  [
    'a refund that failed',
    sent.refundObject({ ...step, type: 'refund.failed', status: 'failed' }),
    back({ external_id: 're_1', amount: 2_400, state: 'undone' }),
  ],
  [
    'a refund of a charge without a payment, and without a reason',
    withFields(sent.refundObject(step), { payment_intent: null, reason: null }),
    back({ external_id: 're_1', amount: 2_400, ids: { charge: 'ch_one' }, reason: null }),
  ],
  [
    'a credit note',
    sent.creditNote(note),
    back({ external_id: 'cn_1', amount: 900, ids: { invoice: 'in_1' }, reason: null }),
  ],
  [
    'a credit note before the payment',
    withFields(sent.creditNote(note), { type: 'pre_payment', post_payment_amount: 0, pre_payment_amount: 900 }),
    { kind: 'ignored', reason: 'credits nothing beside refunds, which are told by themselves' },
  ],
  ['a dispute', sent.dispute(fought), dispute('opened')],
  [
    'the disputed money is taken',
    sent.dispute({ ...fought, type: 'funds_withdrawn', withdrawn: 2_784 }),
    dispute('opened'),
  ],
  ['the dispute is lost', sent.dispute({ ...fought, type: 'closed', status: 'lost' }), dispute('lost')],
  ['the dispute is won', sent.dispute({ ...fought, type: 'closed', status: 'won' }), dispute('won')],
  ['the money is back', sent.dispute({ ...fought, type: 'funds_reinstated', status: 'won' }), dispute('won')],
  ['an inquiry', sent.dispute({ ...fought, status: 'warning_needs_response' }), inquiry],
  ['an inquiry is closed', sent.dispute({ ...fought, type: 'closed', status: 'warning_closed' }), inquiry],
]

const unusedTypes = [
  'account.updated',
  'charge.updated',
  'customer.deleted',
  'customer.subscription.trial_will_end',
  'invoice.payment_action_required',
  'invoice.payment_failed',
  'invoice.upcoming',
  'payment_method.attached',
  'subscription_schedule.created',
  'subscription_schedule.released',
  'subscription_schedule.updated',
].map((type): Case => [
  type,
  { ...sent.invoicePaid({ ...bill, total: 2_784 }), type },
  { kind: 'ignored', reason: `event type ${type} is not used` },
])

testOutcomes(
  stripe,
  [
    ...sessions,
    ...invoices,
    ...subscriptions,
    ...moneyBack,
    ...unusedTypes,
    [
      'invoice.payment_succeeded',
      { ...sent.invoicePaid({ ...bill, total: 2_784 }), type: 'invoice.payment_succeeded' },
      { kind: 'ignored', reason: 'invoice.paid tells the same' },
    ],
  ],
  { testMode: true },
)
