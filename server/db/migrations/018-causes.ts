/** Why each ledger entry was made, and what it belongs to, in columns: a note is for people. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const causes = (engine: Engine): Migration => ({
  async up(db) {
    const { int } = words(engine)
    for (const column of [
      'cause text',
      `conversion_id ${int} references conversion (id)`,
      `refund_id ${int} references refund (id)`,
      `payout_id ${int} references payout (id)`,
    ])
      await sql.raw(`alter table ledger_entry add column ${column}`).execute(db)
    await sql
      .raw('create index ledger_entry_payout on ledger_entry (payout_id) where payout_id is not null')
      .execute(db)
  },
})
