/** What a programme does all day reads by indexes that lead to the rows it wants, however many others there are. */
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, onTestFinished, vi } from 'vitest'
import { invoicePaid, subscriptionCheckout } from '../test/stripe-events.ts'
import { withProgramme } from '../test/programme.ts'

/** Tables that grow with a programme, and how few columns of an index leave most of their rows. */
const GROWING =
  'affiliate|link|code_claim|click|referral|conversion|commission|commission_rule|ledger_entry|rollup|coupon|event|mail|provider_event|provider_event_state|provider_link|webhook_delivery|refund|payout|not_counted'
const BROAD = new RegExp(
  `^(SCAN (${GROWING})( |$)(?!USING COVERING INDEX provider_event_waiting)|SEARCH (${GROWING}) USING .*\\((project_id=\\?|project_id=\\? AND provider=\\?|campaign_id=\\?)\\))`,
)
/** What reads few rows all the same: an index of a campaign's own rules alone. */
const NARROW = /USING INDEX commission_rule_own /
/** A page, or the count of a list, in the index of that list: it ends at its limit. */
const LISTED = /USING (COVERING )?INDEX \w+_list /

withProgramme(
  'a click, a sale by API and by webhook, a dashboard and a list read no table from end to end',
  async (programme) => {
    if (programme.engine !== 'sqlite') return
    await programme.addAffiliate('ANN', 'ann@example.com')
    for (const coupon_code of ['ANN10', 'ANN20'])
      await programme.call('POST', '/coupons', { affiliate_id: 1, coupon_code })
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
    onTestFinished(() => prepare.mockRestore())
    const buyer = { customer: 'cus_1', subscription: 'sub_1', email: 'buyer@example.com' }
    expect((await programme.click('ANN', 'click-0001')).status).toBe(200)
    await programme.deliver(subscriptionCheckout({ id: 'cs_1', ...buyer, invoice: 'in_1', amount: 5000, code: 'ANN' }))
    await programme.deliver(invoicePaid({ id: 'in_1', ...buyer, total: 5000 }))
    await programme.call('POST', '/conversions', {
      email: 'c@example.com',
      base_value: 10,
      coupon_code_used: 'ANN10',
      reference: 'r1',
    })
    await programme.report({
      project_id: programme.projectId,
      value: 10,
      type: 'purchase',
      email: 'd@example.com',
      referral_code: 'ANN',
      idempotency_key: 'k1',
    })
    expect((await programme.app.inject({ url: '/r/ANN' })).statusCode).toBe(302)
    for (const path of [
      '/clicks/not-counted',
      '/affiliates?limit=100',
      '/affiliates/ann%40example.com',
      '/conversions/1',
    ])
      expect((await programme.call('GET', path)).status).toBe(200)
    for (const path of ['/affiliates/1/stats', '/affiliates/1/stats?from=2026-01-01'])
      expect((await programme.call('GET', path)).status).toBe(200)
    for (const list of [
      'conversions',
      'conversions?type=purchase',
      'conversions?paid=false',
      'referrals',
      'coupons',
      'provider-events',
    ]) {
      const { body } = await programme.call('GET', `/${list}${list.includes('?') ? '&' : '?'}limit=1`)
      // So that it is counted, too.
      expect([list, body.pagination.has_more]).toEqual([list, true])
    }
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '12.00' })

    const seen = new Set(prepare.mock.calls.map(([text]) => text))
    const statements = [...seen].filter(
      (text) => /^(select|insert|update|delete|with) /i.test(text) && !text.includes('sqlite_master'),
    )
    expect(statements.length).toBeGreaterThan(40)
    const broad: string[] = []
    // Inserts are left out: theirs is what foreign keys would look at, had the transaction broken one before.
    for (const statement of statements) {
      const { rows } = await sql.raw<{ detail: string }>(`explain query plan ${statement}`).execute(programme.db)
      for (const { detail } of statement.startsWith('insert') ? [] : rows)
        if (BROAD.test(detail) && !NARROW.test(detail) && !(LISTED.test(detail) && / limit (\?|\d+)/.test(statement)))
          broad.push(`${detail}: ${statement}`)
    }
    expect(broad).toEqual([])
  },
)
