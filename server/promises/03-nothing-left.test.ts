/** Promise 3: a failed operation leaves nothing. Each operation is run with its k-th query failing, for every k. */
import { describe, expect } from 'vitest'
import { deleteConversion, reviewConversion, correctConversion } from '../core/conversion/change.ts'
import { deleteAffiliate, deleteReferral } from '../core/erasure/delete.ts'
import { createPayout, reversePayout } from '../core/payout/payout.ts'
import { getProject } from '../core/project/project.ts'
import { recordRefund } from '../core/conversion/refund.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import type { Project, Tx } from '../db/schema.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'
import { readerOfAllRows } from '../test/all-rows.ts'
import { FAILURE, failingAt } from '../test/failing.ts'

const NOW = '2026-11-20T12:00:00.000Z'

/** By name: the operation, on the programme `lively` makes. */
const OPERATIONS: Record<string, (tx: Tx, project: Project) => Promise<unknown>> = {
  'recordRefund of a part': (tx, project) =>
    recordRefund(
      tx,
      project,
      1,
      { provider: 'stripe', external_id: 're_1', amount: 2000, reason: null, occurred_at: NOW },
      NOW,
    ),
  'reviewConversion, denied': (tx, project) => reviewConversion(tx, project, 1, 'denied', 'fraud', NOW),
  'reviewConversion, approved again': (tx, project) => reviewConversion(tx, project, 2, 'approved', null, NOW),
  'correctConversion, new amount and paid': (tx, project) =>
    correctConversion(tx, project, 1, { base_value: 7000, reference: 'order-9', paid: true }, NOW),
  'correctConversion, new currency': (tx, project) =>
    correctConversion(tx, project, 1, { base_value: 7000, base_value_currency: 'EUR' }, NOW),
  'createPayout of all': (tx, project) => createPayout(tx, project, { affiliate_id: 2 }, NOW),
  reversePayout: (tx, project) => reversePayout(tx, project, 1, NOW),
  deleteAffiliate: async (tx, project) => {
    const affiliate = await tx.selectFrom('affiliate').selectAll().where('id', '=', 2).executeTakeFirstOrThrow()
    await deleteAffiliate(tx, project, affiliate, NOW)
  },
  deleteReferral: async (tx, project) => {
    const referral = await tx.selectFrom('referral').selectAll().where('id', '=', 1).executeTakeFirstOrThrow()
    await deleteReferral(tx, project, referral, NOW)
  },
  deleteConversion: (tx, project) => deleteConversion(tx, project, 1, NOW),
}

describe('promise 3: a failed operation leaves nothing', () => {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    withProgramme(`whichever query of ${name} fails, every table is as before`, async (programme) => {
      await lively(programme)
      const { db } = programme
      const project = await db.transaction().execute((tx) => getProject(tx, programme.projectId))
      const everything = await readerOfAllRows(db, programme.engine)
      const before = await everything()

      let failures = 0
      while (await fails(programme, (tx) => operation(failingAt(tx, failures + 1), project))) {
        failures += 1
        expect(await everything(), `query ${failures}`).toEqual(before)
      }
      expect(failures).toBeGreaterThan(5)
      expect(await everything()).not.toEqual(before)
      expect(await db.transaction().execute((tx) => verifyLedger(tx, NOW))).toMatchObject({ ok: true })
    })
  }
})

/** Ann invited Ben, who sold four times: one sale was denied, one was paid out; a webhook wants everything. */
async function lively(programme: Programme): Promise<void> {
  const { db } = programme
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  await db.updateTable('affiliate').set({ parent_id: 1 }).where('id', '=', 2).execute()
  await db.updateTable('commission_rule').set({ second_kind: 'percent', second_basis_points: 500 }).execute()
  await db
    .insertInto('webhook_endpoint')
    .values({
      project_id: programme.projectId,
      url: 'https://receiver.test/hook',
      events: JSON.stringify([
        'referral_signed_up',
        'referral_converted',
        'referral_canceled',
        'referral_updated',
        'payout_created',
        'payout_reversed',
        'affiliate_deleted',
      ]),
      secret_sealed: null,
      status: 'active',
      disabled_reason: null,
      failing_since: null,
      created_at: NOW,
      updated_at: NOW,
    })
    .execute()
  for (const id of ['one', 'two', 'three', 'four'])
    await programme.deliver(checkout({ id, amount: 5000, code: 'BEN', email: `${id}@example.com` }))
  expect((await programme.call('PUT', '/conversions/2', { status: 'denied' })).status).toBe(200)
  expect((await programme.call('PUT', '/conversions/3', { paid: true })).status).toBe(200)
  expect(await db.selectFrom('payout').select('id').execute()).toEqual([{ id: 1 }])
}

const fails = ({ db }: Programme, work: (tx: Tx) => Promise<unknown>): Promise<boolean> =>
  db
    .transaction()
    .execute(work)
    .then(
      () => false,
      (error: Error) => {
        if (error.message !== FAILURE) throw error
        return true
      },
    )
