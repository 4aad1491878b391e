/** Lists of affiliates skip the deleted: their pages and their number are read from an index that holds only the others. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const livingAffiliates = (): Migration => ({
  async up(db) {
    await sql`drop index affiliate_list`.execute(db)
    await sql`create index affiliate_list on affiliate (project_id, id) where deleted_at is null`.execute(db)
  },
})
