/** Promise 6: a refund takes back its share, once. */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { recordRefund } from '../core/conversion/refund.ts'
import { getProject } from '../core/project/project.ts'
import { expectBalanced } from '../test/balanced.ts'
import { checkout, withProgramme } from '../test/programme.ts'
import { inviteBen, NAMES, share } from '../test/two-tiers.ts'

describe('promise 6: a refund takes back its share, once', () => {
  withProgramme(
    'in any order and number of steps, of both tiers, and never more than was earned',
    async (programme) => {
      for (const one of NAMES) await programme.addAffiliate(one)
      await inviteBen(programme)
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 3, max: 100_000 }),
          fc.uniqueArray(fc.record({ id: fc.uuid(), amount: fc.integer({ min: 1, max: 40_000 }) }), {
            selector: ({ id }) => id,
            maxLength: 6,
          }),
          async (amount, refunds) => {
            const id = Math.random().toString(36).slice(2)
            await programme.deliver(checkout({ id, amount, code: 'BEN', email: `${id}@example.com` }))
            const { id: conversion } = await programme.db
              .selectFrom('conversion')
              .select('id')
              .orderBy('id', 'desc')
              .limit(1)
              .executeTakeFirstOrThrow()
            for (const refund of [...refunds, ...refunds.toReversed()])
              await programme.db.transaction().execute(async (tx) => {
                const fact = {
                  provider: 'stripe',
                  external_id: refund.id,
                  amount: refund.amount,
                  reason: null,
                  occurred_at: programme.clock.now(),
                }
                await recordRefund(tx, await getProject(tx, 1), conversion, fact, programme.clock.now())
              })
            const back = Math.min(
              refunds.reduce((sum, refund) => sum + refund.amount, 0),
              amount,
            )
            const commissions = await programme.db
              .selectFrom('commission')
              .selectAll()
              .where('conversion_id', '=', conversion)
              .execute()
            for (const commission of commissions) {
              expect(commission.taken_back).toBe(share(commission.amount, back, amount))
              const { taken } = await programme.db
                .selectFrom('ledger_entry')
                .select((eb) => eb.fn.sum<number | null>('amount').as('taken'))
                .where('commission_id', '=', commission.id)
                .where('kind', '=', 'clawback')
                .executeTakeFirstOrThrow()
              expect(taken ?? 0).toBe(commission.taken_back)
            }
          },
        ),
        { numRuns: 15 },
      )
      await expectBalanced(programme)
    },
  )
})
