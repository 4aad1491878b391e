/** Affiliates: the people who refer, with what they brought and earned. Spec: "Affiliates". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { changeAffiliate } from '../core/affiliate/change.ts'
import { type AffiliateWithCode, createAffiliate, getAffiliate } from '../core/affiliate/affiliate.ts'
import { type AffiliateWithStats, getAffiliateWithStats, listAffiliates } from '../core/affiliate/list.ts'
import { deleteAffiliate } from '../core/erasure/delete.ts'
import { orNone, rowId } from '../core/kit/lenient.ts'
import { referralCode } from '../core/affiliate/code.ts'
import { formatMinor } from '../core/kit/money.ts'
import { setPayoutMethod } from '../core/payout/account.ts'
import { findPayoutMethod } from '../core/payout/method.ts'
import { getProject } from '../core/project/project.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { accountFields, accountIn } from './affiliate-account.ts'
import { changeOf, email, listOf, ok, page, pageOf, person } from './shapes.ts'
import { retried } from '../db/retried.ts'

const fields = {
  /** Part of an address, so stored in lower case. */
  partner_slug: referralCode.toLowerCase().nullable(),
  name: z.string().trim().min(1, 'expected a name').max(200).nullable(),
  company: z.string().trim().min(1, 'expected a name').max(200).nullable(),
  website: z
    .url({ protocol: /^https?$/, error: 'expected an address such as https://example.com' })
    .max(500)
    .nullable(),
  /** What his mails are written in; null: the project's language. */
  language: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a language such as en or pt-BR')
    .nullable(),
  campaign_id: rowId,
  /** Who invited them: email address or id. */
  parent: z.union([rowId, person], 'expected an email address or a numeric id').nullable(),
}

export const NewAffiliate = z
  .object(fields)
  .partial()
  .extend({ email, referral_code: orNone(referralCode) })

const Change = changeOf({
  email,
  /** An empty one is none: the code stays. */
  referral_code: orNone(referralCode),
  status: z.enum(['active', 'inactive'], 'expected active or inactive'),
  ...fields,
  ...accountFields,
})

const Created = z.object({
  id: z.number(),
  project_id: z.number(),
  user_email: z.string(),
  referral_code: z.string(),
  partner_slug: z.string(),
  name: z.string().nullable(),
  company: z.string().nullable(),
  website: z.string().nullable(),
  language: z.string().nullable(),
  campaign_id: z.number(),
  parent_id: z.number().nullable(),
  level_id: z.number().nullable(),
  unpaid_earnings: z.null(),
  total_earnings: z.null(),
  created_at: z.string(),
  status: z.string(),
})

const Changed = Created.extend({
  payout_method: z.string().nullable(),
  /** As it may be shown. */
  payout_account: z.string().nullable(),
})

export const Affiliate = Created.omit({ unpaid_earnings: true, total_earnings: true }).extend({
  clicks: z.number(),
  signups: z.number(),
  purchases: z.number(),
  unpaid_earnings: z.string(),
  total_earnings: z.string(),
  eligible_earnings: z.string(),
  held_earnings: z.string(),
  paid_earnings: z.string(),
  next_release_date: z.string().nullable(),
  /** Earnings are in this currency; what was earned in others stands in `balances`. */
  currency: z.string(),
  balances: z.array(
    z.object({ currency: z.string(), total: z.string(), eligible: z.string(), held: z.string(), paid: z.string() }),
  ),
})

const Query = z.object({
  ...pageOf(20),
  status: z.enum(['active', 'inactive', 'pending'], 'expected active, inactive or pending').optional(),
  email: z.string().max(254).optional(),
})

const tags = ['Affiliates']
const params = z.object({ email: person })

export const affiliateRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock, sealer } = context
  const api = zodRoutes(app)

  api.get(
    '/affiliates',
    {
      schema: {
        operationId: 'listAffiliates',
        summary: 'List affiliates',
        tags,
        querystring: Query,
        response: { 200: listOf(Affiliate) },
      },
    },
    async (request) => {
      const { projectId } = request.caller
      const { found, currency } = await retried(db, async (tx) => {
        const project = await getProject(tx, projectId)
        return { found: await listAffiliates(tx, project, request.query, clock.now()), currency: project.currency }
      })
      return page(found, (row) => showAffiliate(row, currency), request.query)
    },
  )

  api.post(
    '/affiliates',
    {
      schema: {
        operationId: 'createAffiliate',
        summary: 'Create an affiliate',
        description: 'Email and referral code are unique in a project; without a code one is made.',
        tags,
        body: NewAffiliate,
        response: { 201: ok(Created) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const affiliate = await createAffiliate(tx, request.caller.projectId, request.body, clock.now())
        return { success: true as const, data: withoutStats(affiliate) }
      }),
  )

  api.get(
    '/affiliates/:email',
    {
      schema: {
        operationId: 'getAffiliate',
        summary: 'Retrieve an affiliate',
        tags,
        params,
        response: { 200: ok(Affiliate) },
      },
    },
    async (request) => {
      const { projectId } = request.caller
      const data = await retried(db, async (tx) =>
        showAffiliate(
          await getAffiliateWithStats(tx, projectId, request.params.email, clock.now()),
          (await getProject(tx, projectId)).currency,
        ),
      )
      return { success: true as const, data }
    },
  )

  api.put(
    '/affiliates/:email',
    {
      schema: {
        operationId: 'updateAffiliate',
        summary: 'Update an affiliate',
        description:
          'Changes the fields that are given. `status: active` approves a pending affiliate and welcomes them by email. An old referral code keeps working, because links with it are out in the world. `parent` is who invited them; an affiliate and the one who invited them earn on a sale, nobody above. `paypal_email` or `wise_email` (with `payout_method` when both are given) is where they are paid, and `payout_method: null` removes the account; it is stored encrypted and shown masked.',
        tags,
        params,
        body: Change,
        response: { 200: ok(Changed) },
      },
    },
    async (request) => {
      const { projectId } = request.caller
      const { payout_method, paypal_email, wise_email, ...change } = request.body
      const data = await retried(db, async (tx) => {
        const project = await getProject(tx, projectId)
        const account = accountIn({ payout_method, paypal_email, wise_email }, project, (text) => sealer.seal(text))
        const affiliate = await changeAffiliate(tx, projectId, request.params.email, change, clock.now())
        if (account !== undefined) await setPayoutMethod(tx, affiliate, account, clock.now())
        const method = await findPayoutMethod(tx, projectId, affiliate.id)
        return {
          ...withoutStats(affiliate),
          payout_method: method?.kind ?? null,
          payout_account: method?.masked ?? null,
        }
      })
      return { success: true as const, data }
    },
  )

  api.delete(
    '/affiliates/:email',
    {
      schema: {
        operationId: 'deleteAffiliate',
        summary: 'Delete an affiliate',
        description:
          'Cannot be undone: personal data is erased, within seconds also from everything stored about them, and what they are still owed is reversed.',
        tags,
        params,
      },
    },
    async (request, reply) => {
      const { projectId } = request.caller
      await retried(db, async (tx) => {
        const affiliate = await getAffiliate(tx, projectId, request.params.email)
        await deleteAffiliate(tx, await getProject(tx, projectId), affiliate, clock.now())
      })
      return reply.code(204).send()
    },
  )
}

const identity = (affiliate: Omit<AffiliateWithStats, 'balances' | 'clicks' | 'signups' | 'purchases'>) => ({
  id: affiliate.id,
  project_id: affiliate.project_id,
  user_email: affiliate.email,
  referral_code: affiliate.referral_code,
  partner_slug: affiliate.partner_slug ?? affiliate.referral_code,
  name: affiliate.name,
  company: affiliate.company,
  website: affiliate.website,
  language: affiliate.language,
  campaign_id: affiliate.campaign_id,
  parent_id: affiliate.parent_id,
  level_id: affiliate.level_id,
  created_at: affiliate.created_at,
  status: affiliate.status,
})

const withoutStats = (affiliate: AffiliateWithCode): z.infer<typeof Created> => ({
  ...identity(affiliate),
  unpaid_earnings: null,
  total_earnings: null,
})

/** The command line prints the same. */
export function showAffiliate(affiliate: AffiliateWithStats, currency: string): z.infer<typeof Affiliate> {
  const balances = affiliate.balances.map((balance) => ({
    currency: balance.currency,
    total: formatMinor(balance.total, balance.currency),
    eligible: formatMinor(balance.eligible, balance.currency),
    held: formatMinor(balance.held, balance.currency),
    paid: formatMinor(balance.paid, balance.currency),
  }))
  const index = affiliate.balances.findIndex((balance) => balance.currency === currency)
  const own = affiliate.balances[index]
  const shown = balances[index]
  const nothing = shown ? '' : formatMinor(0, currency)
  return {
    ...identity(affiliate),
    clicks: affiliate.clicks,
    signups: affiliate.signups,
    purchases: affiliate.purchases,
    unpaid_earnings: own ? formatMinor(own.eligible + own.held, currency) : nothing,
    total_earnings: shown?.total ?? nothing,
    eligible_earnings: shown?.eligible ?? nothing,
    held_earnings: shown?.held ?? nothing,
    paid_earnings: shown?.paid ?? nothing,
    next_release_date: own?.next_release?.at ?? null,
    currency,
    balances,
  }
}
