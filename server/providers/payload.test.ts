import { expect, test } from 'vitest'
import { type ProviderName, providerNamed } from './registry.ts'

const AT = '2026-11-20T12:00:00Z'
const email = 'buyer@customers.test'

/** An event in which a shop's own fields are `metadata`. */
const CARRIERS: Record<ProviderName, (metadata: object) => object> = {
  stripe: (metadata) => ({
    type: 'customer.created',
    created: 1_795_176_000,
    livemode: true,
    data: { object: { id: 'cus_1', email, metadata } },
  }),
  paddle: (custom_data) => ({
    event_type: 'customer.created',
    occurred_at: AT,
    data: { id: 'ctm_1', email, custom_data },
  }),
  lemonsqueezy: (custom_data) => ({
    meta: { event_name: 'order_created', custom_data },
    data: { type: 'orders', id: '1', attributes: { status: 'pending', created_at: AT, user_email: email } },
  }),
  polar: (metadata) => ({ type: 'customer.created', timestamp: AT, data: { id: 'customer-1', email, metadata } }),
}

test.each(Object.entries(CARRIERS))(
  '%s: the referral code is looked for under the same names in the same order',
  (name, carrier) => {
    const codeOf = (metadata: object) => {
      const event = providerNamed(name).parse(JSON.stringify(carrier(metadata)))
      return 'clues' in event ? (event.clues.metadata ?? null) : undefined
    }
    const all = { ref: 'REF', refgrow_ref_code: 'COOKIE', referral_code: 'CODE', other: 'OTHER' }
    expect(codeOf(all)).toBe('CODE')
    expect(codeOf({ ...all, referral_code: '' })).toBe('COOKIE')
    expect(codeOf({ ref: 'REF', other: 'OTHER' })).toBe('REF')
    expect(codeOf({ ...all, referral_code: 2026 })).toBe('2026')
    expect(codeOf({ other: 'OTHER' })).toBeNull()
    expect(codeOf([])).toBeNull()
  },
)
