/** One affiliate's own terms, and the level he was put on by hand. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { affiliateTerms, type AffiliateTerms, setAffiliateTerms } from '../core/affiliate/own-terms.ts'
import { setAffiliateLevel } from '../core/affiliate/own-level.ts'
import { numeric } from '../core/kit/lenient.ts'
import { zodRoutes } from '../zod-routes.ts'
import { ok, person } from './shapes.ts'
import { showTerms, Terms, TermsBody } from './terms.ts'
import { retried } from '../db/retried.ts'

const OwnTerms = z.object({
  affiliate_id: z.number(),
  campaign_id: z.number(),
  /** null: his campaign's. */
  terms: Terms.nullable(),
})

const AffiliateLevel = z.object({
  affiliate_id: z.number(),
  level: z.object({ id: z.number(), name: z.string(), position: z.number() }).nullable(),
  /** Set by hand: it does not change by itself. */
  manual: z.boolean(),
})

const tags = ['Affiliates']
const params = z.object({ email: person })

export const affiliateTermsRoutes =
  ({ db, clock }: Context) =>
  async (app: FastifyInstance) => {
    const api = zodRoutes(app)

    api.get(
      '/affiliates/:email/terms',
      {
        schema: {
          operationId: 'getAffiliateTerms',
          summary: "Retrieve an affiliate's own terms",
          tags,
          params,
          response: { 200: ok(OwnTerms) },
        },
      },
      async (request) => {
        const own = await retried(db, (tx) => affiliateTerms(tx, request.caller.projectId, request.params.email))
        return { success: true as const, data: show(own) }
      },
    )

    api.put(
      '/affiliates/:email/terms',
      {
        schema: {
          operationId: 'setAffiliateTerms',
          summary: "Set an affiliate's own terms",
          description: 'They come before his campaign’s for sales from now on; null ends them.',
          tags,
          params,
          body: z.object({ terms: TermsBody.nullable() }, 'expected an object with terms'),
          response: { 200: ok(OwnTerms) },
        },
      },
      async (request) => {
        const { projectId } = request.caller
        const own = await retried(db, (tx) =>
          setAffiliateTerms(tx, projectId, request.params.email, request.body.terms, clock.now()),
        )
        return { success: true as const, data: show(own) }
      },
    )

    api.put(
      '/affiliates/:email/level',
      {
        schema: {
          operationId: 'setAffiliateLevel',
          summary: 'Put an affiliate on a performance level',
          description: 'By hand, and to stay there; null leaves the level to his performance again.',
          tags,
          params,
          body: z.object(
            { level_id: numeric(z.int('expected a whole number, or null').min(1, 'expected at least 1').nullable()) },
            'expected an object with level_id',
          ),
          response: { 200: ok(AffiliateLevel) },
        },
      },
      async (request) => {
        const { projectId } = request.caller
        const data = await retried(db, (tx) =>
          setAffiliateLevel(tx, projectId, request.params.email, request.body.level_id, clock.now()),
        )
        return { success: true as const, data }
      },
    )
  }

const show = ({ affiliate_id, campaign_id, rule }: AffiliateTerms): z.infer<typeof OwnTerms> => ({
  affiliate_id,
  campaign_id,
  terms: rule && showTerms(rule),
})
