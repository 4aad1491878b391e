/** An affiliate's ledger: every movement of his money, chained by hashes. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { getAffiliate } from '../core/affiliate/affiliate.ts'
import { listLedger } from '../core/ledger/list.ts'
import { formatMinor } from '../core/kit/money.ts'
import type { LedgerEntry } from '../db/schema.ts'
import { zodRoutes } from '../zod-routes.ts'
import { listOf, page, pageOf, person } from './shapes.ts'
import { retried } from '../db/retried.ts'

const Entry = z.object({
  id: z.number(),
  /** His own count, from 1, without gaps. */
  seq: z.number(),
  kind: z.string(),
  /** Positive: he is owed more; negative: less. */
  amount: z.string(),
  currency: z.string(),
  debit: z.string(),
  credit: z.string(),
  /** From when on it can be paid out. */
  release_at: z.string(),
  commission_id: z.number().nullable(),
  note: z.string().nullable(),
  created_at: z.string(),
  prev_hash: z.string(),
  /** SHA-256 over this entry and `prev_hash`. */
  hash: z.string(),
})

export const ledgerRoutes =
  ({ db }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/affiliates/:email/ledger',
      {
        schema: {
          operationId: 'listLedger',
          summary: "List an affiliate's ledger entries",
          description: 'Newest first. Entries are never changed or removed; each carries a hash over all before it.',
          tags: ['Affiliates'],
          params: z.object({ email: person }),
          querystring: z.object(pageOf(50)),
          response: { 200: listOf(Entry) },
        },
      },
      async (request) => {
        const found = await retried(db, async (tx) =>
          listLedger(tx, await getAffiliate(tx, request.caller.projectId, request.params.email), request.query),
        )
        return page(found, show, request.query)
      },
    )
  }

const show = (entry: LedgerEntry): z.infer<typeof Entry> => ({
  ...entry,
  amount: formatMinor(entry.credit === 'payable' ? entry.amount : -entry.amount, entry.currency),
})
