/** The ledger proves itself, and the counter of affiliates is right. */
import { expect } from 'vitest'
import { verifyLedger } from '../core/ledger/verify.ts'
import type { Programme } from './programme.ts'

export async function expectBalanced({ db, clock }: Programme): Promise<void> {
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
  const { living } = await db
    .selectFrom('affiliate')
    .where('deleted_at', 'is', null)
    .select((eb) => eb.fn.countAll<number>().as('living'))
    .executeTakeFirstOrThrow()
  expect(await db.selectFrom('project').select('affiliate_count').execute()).toEqual([{ affiliate_count: living }])
}
