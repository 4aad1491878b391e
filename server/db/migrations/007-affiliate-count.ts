/** A page of affiliates costs the same in a programme of any size: how many there are is counted as they come and go. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const affiliateCount = (): Migration => ({
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
  },
})
