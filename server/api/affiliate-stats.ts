/** What an affiliate brought and earned, in all and in a period. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { dailyStats, type DayOfStats, MOST_DAYS, spanOf, sumOf } from '../core/affiliate/stats.ts'
import { getAffiliateWithStats } from '../core/affiliate/list.ts'
import { formatMinor } from '../core/kit/money.ts'
import { getProject } from '../core/project/project.ts'
import { dayOf } from '../core/kit/time.ts'
import { retried } from '../db/retried.ts'
import { zodRoutes } from '../zod-routes.ts'
import { Affiliate, showAffiliate } from './affiliates.ts'
import { ok, person } from './shapes.ts'

const counts = {
  clicks: z.number(),
  signups: z.number(),
  purchases: z.number(),
  earnings: z
    .record(z.string(), z.string())
    .describe('Per currency, decimal text; negative when more was taken back than earned'),
}

const Stats = Affiliate.extend({
  period: z.object({ from: z.string(), to: z.string(), ...counts }),
  daily: z.array(z.object({ day: z.string(), ...counts })).describe('Oldest first; days without anything are left out'),
})

const day = z.iso.date('expected a day such as 2026-11-20')

export const affiliateStatsRoutes =
  ({ db, clock }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/affiliates/:email/stats',
      {
        schema: {
          operationId: 'getAffiliateStats',
          summary: "Retrieve an affiliate's statistics",
          description: `The affiliate with what they brought and earned in all, and in \`period\` and \`daily\` what they did from the day \`from\` to the day \`to\`, both included, in UTC: at most ${MOST_DAYS} days, by default the last 30.`,
          tags: ['Affiliates'],
          params: z.object({ email: person }),
          querystring: z.object({ from: day.optional(), to: day.optional() }),
          response: { 200: ok(Stats) },
        },
      },
      async (request) => {
        const { projectId } = request.caller
        const now = clock.now()
        const span = spanOf(request.query, dayOf(now))
        const data = await retried(db, async (tx) => {
          const affiliate = await getAffiliateWithStats(tx, projectId, request.params.email, now)
          const days = await dailyStats(tx, projectId, affiliate.id, span)
          const { currency } = await getProject(tx, projectId)
          return {
            ...showAffiliate(affiliate, currency),
            period: { ...span, ...show(sumOf(days)) },
            daily: days.map(({ day, ...rest }) => ({ day, ...show(rest) })),
          }
        })
        return { success: true as const, data }
      },
    )
  }

const show = ({ earnings, ...counted }: Omit<DayOfStats, 'day'>) => ({
  ...counted,
  earnings: Object.fromEntries(
    Object.entries(earnings).map(([currency, amount]) => [currency, formatMinor(amount, currency)]),
  ),
})
