/** Promise 3 for the sale itself: whichever query of it fails, nothing is left. */
import { describe, expect } from 'vitest'
import { recordConversion } from '../core/conversion/record.ts'
import { getProject } from '../core/project/project.ts'
import type { Project, Tx } from '../db/schema.ts'
import { FAILURE, failingAt } from '../test/failing.ts'
import { withProgramme } from '../test/programme.ts'

describe('promise 3: a failed operation leaves nothing', () => {
  withProgramme('whichever query of recordConversion fails, every table is as before', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.setTerms({ percent: 20, holdDays: 30 })
    const before = await programme.tables()
    const project = await programme.db.transaction().execute((tx) => getProject(tx, programme.projectId))

    let failures = 0
    for (let k = 1; ; k++) {
      const failed = await programme.db
        .transaction()
        .execute((tx) => record(failingAt(tx, k), project, programme.clock.now()))
        .then(
          () => false,
          (error: Error) => error.message === FAILURE,
        )
      if (!failed) break
      failures += 1
      expect(await programme.tables()).toEqual(before)
    }
    expect(failures).toBeGreaterThan(10)
    expect((await programme.tables())['ledger_entry']).toHaveLength(1)
  })

  function record(tx: Tx, project: Project, now: string) {
    return recordConversion(
      tx,
      project,
      {
        type: 'purchase',
        email: 'buyer@example.com',
        amount: 5000,
        currency: 'USD',
        reference: null,
        coupon_code: null,
        url: null,
        source: 'provider',
        provider: 'stripe',
        external_id: 'pi_1',
        idempotency_key: null,
        clues: { client_reference: 'ANN' },
        occurred_at: now,
      },
      now,
    )
  }
})
