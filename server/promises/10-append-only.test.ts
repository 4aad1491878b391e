/** Promise 10: history cannot be edited. The database refuses, and `verify` names what was edited all the same. */
import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { verifyLedger } from '../core/ledger/verify.ts'
import type { Db } from '../db/schema.ts'
import { checkout, withProgramme } from '../test/programme.ts'

describe('promise 10: history cannot be edited', () => {
  withProgramme('update, delete and replacing insert are refused by the database itself', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    const before = await programme.tables()
    const attempts: Record<string, string[]> = {
      ledger_entry: ['amount = amount + 1', 'id = id'],
      // Its payload may be redacted (17-erasure.test.ts), and nothing else.
      provider_event: ["payload = '{}'", 'id = id', "redacted_at = received_at, type = 'other'"],
    }
    for (const [table, changes] of Object.entries(attempts)) {
      for (const change of changes) await refused(programme.db, `update ${table} set ${change}`)
      await refused(programme.db, `delete from ${table}`)
      if (programme.engine === 'sqlite')
        await refused(programme.db, `insert or replace into ${table} select * from ${table}`)
      if (programme.engine === 'postgres') await refused(programme.db, `truncate ${table} cascade`)
    }
    expect(await programme.tables()).toEqual(before)
  })

  withProgramme("an entry changed behind the database's back is named by verify", async (programme) => {
    await programme.addAffiliate('ANN')
    for (const id of ['one', 'two', 'three'])
      await programme.deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com` }))
    const drop =
      programme.engine === 'sqlite'
        ? 'drop trigger ledger_entry_no_update'
        : 'drop trigger ledger_entry_no_change on ledger_entry'
    await sql.raw(drop).execute(programme.db)
    await sql.raw('update ledger_entry set amount = 99 where seq = 2').execute(programme.db)
    const verdict = await programme.db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))
    expect(verdict).toEqual({
      ok: false,
      problem: expect.stringMatching(
        /^ledger entry \d+ \(affiliate 1, number 2\): its content does not match its hash$/,
      ),
    })
  })

  async function refused(db: Db, statement: string) {
    await expect(sql.raw(statement).execute(db), statement).rejects.toThrow('append-only')
  }
})
