/** Campaigns: sets of terms affiliates join, with overrides for products and a ladder of levels. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import {
  type CampaignWithRules,
  changeCampaign,
  createCampaign,
  getCampaignWithRules,
  listCampaigns,
} from '../core/terms/campaign.ts'
import { type LevelWithTerms, listLevels, setLevels } from '../core/terms/ladder.ts'
import { flag, numeric, rowId } from '../core/kit/lenient.ts'
import { toMajor } from '../core/kit/money.ts'
import { getProject } from '../core/project/project.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { changeOf, id, listOf, ok, page, pageOf } from './shapes.ts'
import { showTerms, Terms, TermsBody } from './terms.ts'
import { retried } from '../db/retried.ts'

const fields = {
  name: z.string().trim().min(1, 'expected a name').max(200),
  description: z.string().max(2000).nullable(),
  is_default: flag,
  terms: TermsBody,
  /** All of them: one that is left out ends. */
  product_overrides: z
    .array(z.object({ product_id: z.string().trim().min(1, 'expected a product id').max(255), terms: TermsBody }))
    .max(500),
}

const NewCampaign = z.object(fields).partial({ description: true, is_default: true, product_overrides: true })
const Change = changeOf(fields)

const Campaign = z.object({
  id: z.number(),
  name: z.string(),
  description: z.string().nullable(),
  is_default: z.boolean(),
  terms: Terms.nullable(),
  product_overrides: z.array(z.object({ product_id: z.string(), terms: Terms })),
  created_at: z.string(),
  updated_at: z.string(),
})

const threshold = 'expected a number from 0'
const levelFields = {
  name: z.string().trim().min(1, 'expected a name').max(200),
  metric: z.enum(['amount', 'referrals', 'months', 'custom'], 'expected amount, referrals, months or custom'),
}
const period = z.enum(['total', 'monthly', 'quarterly', 'yearly'], 'expected total, monthly, quarterly or yearly')

const Levels = z
  .array(
    z
      .object({
        id: rowId.optional(),
        ...levelFields,
        threshold: numeric(z.number(threshold).min(0, threshold).max(1e12, threshold)).default(0),
        period: period.default('total'),
        terms: TermsBody,
      })
      .refine(({ metric, threshold }) => metric === 'amount' || Number.isInteger(threshold), {
        path: ['threshold'],
        message: 'expected a whole number for every metric but amount',
      }),
    'expected a list of levels, lowest first',
  )
  .max(50)

const Level = z.object({
  id: z.number(),
  position: z.number(),
  ...levelFields,
  /** In the project's currency for the metric `amount`. */
  threshold: z.number(),
  period,
  terms: Terms.nullable(),
})

const tags = ['Campaigns']
const params = z.object({ id })

export const campaignRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/campaigns',
    {
      schema: {
        operationId: 'listCampaigns',
        summary: 'List campaigns',
        tags,
        querystring: z.object(pageOf(50)),
        response: { 200: listOf(Campaign) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listCampaigns(tx, request.caller.projectId, request.query))
      return page(found, show, request.query)
    },
  )

  api.post(
    '/campaigns',
    {
      schema: {
        operationId: 'createCampaign',
        summary: 'Create a campaign',
        description: 'A default campaign is the one affiliates join who name none; there is one at a time.',
        tags,
        body: NewCampaign,
        response: { 201: ok(Campaign) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const project = await getProject(tx, request.caller.projectId)
        return { success: true as const, data: show(await createCampaign(tx, project, request.body, clock.now())) }
      }),
  )

  api.get(
    '/campaigns/:id',
    {
      schema: {
        operationId: 'getCampaign',
        summary: 'Retrieve a campaign',
        tags,
        params,
        response: { 200: ok(Campaign) },
      },
    },
    async (request) => {
      const campaign = await retried(db, (tx) => getCampaignWithRules(tx, request.caller.projectId, request.params.id))
      return { success: true as const, data: show(campaign) }
    },
  )

  api.put(
    '/campaigns/:id',
    {
      schema: {
        operationId: 'updateCampaign',
        summary: 'Update a campaign',
        description:
          'Changes the fields that are given. Changed terms hold for sales from now on; what was earned before keeps its own version. `product_overrides` is the whole list.',
        tags,
        params,
        body: Change,
        response: { 200: ok(Campaign) },
      },
    },
    async (request) => {
      const campaign = await retried(db, async (tx) =>
        changeCampaign(
          tx,
          await getProject(tx, request.caller.projectId),
          request.params.id,
          request.body,
          clock.now(),
        ),
      )
      return { success: true as const, data: show(campaign) }
    },
  )

  api.get(
    '/campaigns/:id/levels',
    {
      schema: {
        operationId: 'listLevels',
        summary: "List a campaign's performance levels",
        tags,
        params,
        response: { 200: ok(z.array(Level)) },
      },
    },
    async (request) => {
      const data = await retried(db, async (tx) => {
        const { id: projectId, currency } = await getProject(tx, request.caller.projectId)
        return (await listLevels(tx, projectId, request.params.id)).map((level) => showLevel(level, currency))
      })
      return { success: true as const, data }
    },
  )

  api.put(
    '/campaigns/:id/levels',
    {
      schema: {
        operationId: 'setLevels',
        summary: "Set a campaign's performance levels",
        description:
          'The whole list, lowest first. A level is recognised by its id, else by its name. Affiliates on a level that is left out leave it.',
        tags,
        params,
        body: Levels,
        response: { 200: ok(z.array(Level)) },
      },
    },
    async (request) => {
      const data = await retried(db, async (tx) => {
        const project = await getProject(tx, request.caller.projectId)
        const levels = await setLevels(tx, project, request.params.id, request.body, clock.now())
        return levels.map((level) => showLevel(level, project.currency))
      })
      return { success: true as const, data }
    },
  )
}

const show = ({ rules, ...campaign }: CampaignWithRules): z.infer<typeof Campaign> => ({
  id: campaign.id,
  name: campaign.name,
  description: campaign.description,
  is_default: campaign.is_default === 1,
  terms: rules.own ? showTerms(rules.own) : null,
  product_overrides: rules.products.map((rule) => ({ product_id: rule.product_id, terms: showTerms(rule) })),
  created_at: campaign.created_at,
  updated_at: campaign.updated_at ?? campaign.created_at,
})

const showLevel = ({ rule, ...level }: LevelWithTerms, currency: string): z.infer<typeof Level> => ({
  id: level.id,
  position: level.position,
  name: level.name,
  metric: level.metric,
  threshold: level.metric === 'amount' ? toMajor(level.threshold, currency) : level.threshold,
  period: level.period,
  terms: rule ? showTerms(rule) : null,
})
