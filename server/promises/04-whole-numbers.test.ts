/** Promise 4: money is exact. A float cannot reach a column of money. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'

test('promise 4: money columns are whole numbers in the database itself', async () => {
  const db = openDatabase('sqlite::memory:')
  await migrate(db, 'sqlite')
  await expect(
    sql
      .raw(`insert into daily_earning (affiliate_id, day, currency, amount) values (1, '2026-11-20', 'USD', 1.5)`)
      .execute(db),
  ).rejects.toThrow(/cannot store REAL/)
  await db.destroy()
})
