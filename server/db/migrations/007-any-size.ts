/**
 * What costs the same in a programme of any size: a page of affiliates, for how many there are is counted as they come and
 * go; a payment, which looks for events that wait for it, its terms among those of all affiliates, and its coupon.
 */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const anySize = (): Migration => ({
  async up(db) {
    await sql`alter table project add column affiliate_count integer not null default 0`.execute(db)
    await sql`update project set affiliate_count =
      (select count(*) from affiliate where affiliate.project_id = project.id and affiliate.deleted_at is null)`.execute(
      db,
    )
    await sql`drop index affiliate_list`.execute(db)
    // With the column of its condition, or SQLite looks every row up to read it.
    await sql`create index affiliate_list on affiliate (project_id, id, deleted_at) where deleted_at is null`.execute(
      db,
    )
    await sql`create index provider_event_waiting on provider_event_state (provider_event_id)
      where status = 'waiting'`.execute(db)
    for (const column of ['affiliate_id', 'product_id', 'level_id'])
      await sql
        .raw(
          `create index commission_rule_${column} on commission_rule (campaign_id, ${column}) where ${column} is not null`,
        )
        .execute(db)
    await sql`create index commission_rule_own on commission_rule (campaign_id)
      where affiliate_id is null and product_id is null and level_id is null`.execute(db)
    for (const column of ['stripe_coupon_id', 'lemonsqueezy_discount_code'])
      await sql.raw(`create index coupon_${column} on coupon (project_id, ${column})`).execute(db)
  },
})
