/**
 * Lists read by an index of their own: the newest rows of a project, and their number as far as it is counted. And emails are
 * compared with their domain as DNS has it (`xn--mller-kva.de`) and composed letters; older keys are brought to that form.
 */
import { domainToASCII } from 'node:url'
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const listsAndEmails = (): Migration => ({
  async up(db) {
    const run = (statement: string) => sql.raw(statement).execute(db)
    await run(`drop index conversion_list`)
    // With the columns of its condition and of the filters, or SQLite looks every row up to read them.
    await run(`create index conversion_list on conversion (project_id, id, type, status, occurred_at, deleted_at)
      where deleted_at is null`)
    await run(`create index referral_list on referral (project_id, id, status, deleted_at) where deleted_at is null`)
    await run(`create index provider_event_list on provider_event (project_id, id, provider)`)
    await run(`create index coupon_list on coupon (project_id, id)`)
    for (const table of ['affiliate', 'referral']) await foldKeys(db, table)
  },
})

/** Where the folded key is another row's already, both stay as they are: two people cannot be made one here. */
async function foldKeys(db: Kysely<unknown>, table: string): Promise<void> {
  const own = sql.table(table)
  const { rows } = await sql<{ id: number; project_id: number; email_key: string }>`
    select id, project_id, email_key from ${own}
    where octet_length(email_key) <> length(email_key)`.execute(db)
  for (const { id, project_id, email_key } of rows) {
    const folded = foldedKey(email_key)
    if (folded === email_key) continue
    await sql`update ${own} set email_key = ${folded} where id = ${id} and not exists
      (select 1 from ${own} as other where other.project_id = ${project_id} and other.email_key = ${folded})`.execute(
      db,
    )
  }
}

/** As core/email.ts did when this was written. */
function foldedKey(key: string): string {
  const address = key.normalize('NFC').toLowerCase()
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + (domainToASCII(address.slice(at)) || address.slice(at))
}
