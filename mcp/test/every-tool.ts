/** A morning's work with an assistant: every tool called once, with its documented inputs, against a fresh programme. */
import type { Client } from '@modelcontextprotocol/client'
import { expect } from 'vitest'
import { TOOLS } from '../server.ts'

export interface Told {
  text: string
  isError: boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- tests assert the shape
  body: any
}

export async function callTool(client: Client, name: string, input: Record<string, unknown> = {}): Promise<Told> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: input })
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('')
  return { text, isError: isError === true, body: structuredContent }
}

/** @param client connected to a programme of 20 % without affiliates */
export async function callEveryTool(client: Client): Promise<void> {
  const called: string[] = []
  const call = async (name: string, input: Record<string, unknown> = {}) => {
    called.push(name)
    const told = await callTool(client, name, input)
    expect([name, told.isError ? told.text : 'ok']).toEqual([name, 'ok'])
    return told
  }

  const ann = (
    await call('create_affiliate', { email: 'ann@example.com', referral_code: 'ANN', partner_slug: 'ann-s' })
  ).body.data
  expect(ann).toMatchObject({ user_email: 'ann@example.com', referral_code: 'ANN', status: 'active' })
  expect((await call('list_affiliates', { limit: 10, offset: 0, status: 'active' })).body).toMatchObject({
    data: [{ id: ann.id }],
    pagination: { total: 1, has_more: false },
  })
  expect((await call('get_affiliate_details', { email: 'ann@example.com' })).body.data).toMatchObject({
    id: ann.id,
    total_earnings: '0.00',
  })
  const change = { email: 'ann@example.com', new_email: 'anna@example.com', referral_code: 'ANNA', status: 'active' }
  expect((await call('update_affiliate', { ...change, partner_slug: 'anna-s' })).body.data).toMatchObject({
    id: ann.id,
    user_email: 'anna@example.com',
    referral_code: 'ANNA',
  })

  await call('create_referral', { email: 'buyer@example.com', affiliate_id: ann.id, status: 'pending' })
  const buyer = (await call('get_referral_details', { email: 'buyer@example.com' })).body.data
  expect(buyer).toMatchObject({ affiliate_id: ann.id, affiliate_code: 'ANNA', conversion_status: 'pending' })
  expect((await call('list_referrals', { affiliate_id: ann.id, status: 'pending', limit: 5 })).body.data).toMatchObject(
    [{ id: buyer.id }],
  )

  const coupon = (
    await call('create_coupon', {
      affiliate_id: ann.id,
      coupon_code: 'SAVE20',
      stripe_coupon_id: 'stripe_save20',
      lemonsqueezy_discount_code: 'LS20',
      status: 'active',
    })
  ).body.data
  expect(
    (await call('list_coupons', { status: 'active', affiliate_id: ann.id, coupon_code: 'save' })).body.data,
  ).toMatchObject([{ id: coupon.id, affiliate_email: 'anna@example.com' }])
  expect((await call('get_coupon', { id: coupon.id })).body.data).toMatchObject({ coupon_code: 'SAVE20' })
  expect((await call('update_coupon', { id: coupon.id, coupon_code: 'SAVE30' })).body.data).toMatchObject({
    coupon_code: 'SAVE30',
    stripe_coupon_id: 'stripe_save20',
  })

  const sale = (
    await call('create_conversion', {
      type: 'purchase',
      affiliate_id: ann.id,
      email: 'buyer@example.com',
      base_value: 250,
      base_value_currency: 'USD',
      reference: 'ORDER-123',
    })
  ).body.data
  expect(sale).toMatchObject({ affiliate_id: ann.id, value: 50, base_value: 250, paid: false, reference: 'ORDER-123' })
  expect((await call('get_conversion', { id: sale.id })).body.data).toMatchObject({ id: sale.id, value: 50 })
  expect(
    (await call('list_conversions', { type: 'purchase', affiliate_id: ann.id, paid: false, from: '2020-01-01' })).body
      .data,
  ).toMatchObject([{ id: sale.id }])
  const { text } = await call('explain_conversion', { id: sale.id })
  expect(text).toContain(`Affiliate ${ann.id} was credited`)
  expect(text).toContain('It earned 50.00 USD')
  expect((await call('update_conversion', { id: sale.id, reference: 'ORDER-124' })).body.data).toMatchObject({
    reference: 'ORDER-124',
    value: 50,
  })

  expect((await call('delete_conversion', { id: sale.id })).text).toBe(
    `Deleted conversion ${sale.id}; its commission was taken back.`,
  )
  expect((await call('delete_coupon', { id: coupon.id })).text).toBe(`Deleted coupon ${coupon.id}.`)
  expect((await call('delete_affiliate', { email: 'anna@example.com' })).text).toBe(
    'Deleted the affiliate anna@example.com.',
  )
  expect(called.toSorted()).toEqual(TOOLS.map(({ name }) => name).toSorted())
}
