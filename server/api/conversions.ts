/** Conversions: signups, purchases and custom events, with what they earned. Spec: "Conversions"; leniencies: COMPAT §3. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import {
  deleteConversion,
  getConversion,
  reviewConversion,
  setPaid,
  correctConversion,
} from '../core/conversion/change.ts'
import { type ConversionWithCommission, getListedConversion, listConversions } from '../core/conversion/list.ts'
import type { ConversionDecision } from '../core/conversion/decision.ts'
import { recordConversion } from '../core/conversion/record.ts'
import { nothingEarnedBy, typeOfConversion } from '../core/conversion/type.ts'
import { DomainError } from '../core/kit/errors.ts'
import { explain } from '../core/conversion/explanation.ts'
import { flag, numeric, orNone, rowId } from '../core/kit/lenient.ts'
import { referralCode } from '../core/affiliate/code.ts'
import { parseCurrency, toMajor, toMinor } from '../core/kit/money.ts'
import { getProject } from '../core/project/project.ts'
import type { Instant, Project, Tx } from '../db/schema.ts'
import { keyFirst, once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { email, id, listOf, ok, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const Conversion = z.object({
  id: z.number(),
  project_id: z.number(),
  type: z.string(),
  affiliate_id: z.number().nullable(),
  referral_code: z.string().nullable(),
  referred_user_id: z.number().nullable(),
  /** The commission as it stands, major units of its currency; null when nothing was earned. */
  value: z.number().nullable(),
  base_value: z.number().nullable(),
  base_value_currency: z.string().nullable(),
  paid: z.boolean(),
  status: z.string(),
  status_reason: z.string().nullable(),
  created_at: z.string(),
  reference: z.string().nullable(),
  coupon_code_used: z.string().nullable(),
  url: z.string().nullable(),
  refunded: z.number(),
  product_id: z.string().nullable(),
  /** What was paid, where it was converted to the project's currency. */
  original_value: z.number().nullable(),
  original_currency: z.string().nullable(),
  exchange_rate: z.string().nullable(),
  exchange_rate_source: z.string().nullable(),
})

const CreatedConversion = Conversion.extend({
  earned: z.literal(false).optional().describe('Of a custom event: nothing was earned'),
  hint: z.string().optional().describe('What to send instead, where that is not what was meant'),
})

/** An instant, or a day: then its first moment for `from`, its last for `to`. */
const moment = (ofDay: string) =>
  z
    .union(
      [z.iso.datetime({ offset: true }), z.iso.date()],
      'expected an ISO date such as 2026-11-20 or 2026-11-20T09:30:00Z',
    )
    .transform((text) => new Date(text.length === 10 ? text + ofDay : text).toISOString())

const Status = z.enum(
  ['pending', 'approved', 'denied', 'unqualified'],
  'expected pending, approved, denied or unqualified',
)
const Verdict = z.enum(['approved', 'denied', 'unqualified'], 'expected approved, denied or unqualified')

const Query = z.object({
  ...pageOf(50),
  type: typeOfConversion.optional(),
  affiliate_id: id.optional(),
  referred_user_id: id.optional(),
  status: Status.optional(),
  // Python writes `True`, PHP `1`.
  paid: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0'], 'expected true or false'))
    .transform((text) => text === 'true' || text === '1')
    .optional(),
  from: moment('T00:00:00.000Z').optional(),
  to: moment('T23:59:59.999Z').optional(),
})

const text = (longest: number) => z.string('expected a text').trim().min(1, 'expected a text').max(longest)
const money = numeric(
  z
    .number('expected an amount such as 49.99')
    .min(0, 'expected an amount of at least 0')
    .max(1e12, 'expected an amount below a trillion'),
)
const currency = z
  .string('expected a currency such as USD')
  .trim()
  .regex(/^[A-Za-z]{3}$/, 'expected a currency such as USD')
const whole = z
  .number('expected a number')
  .int('expected a whole number')
  .min(1, 'expected at least 1')
  .max(Number.MAX_SAFE_INTEGER)

/** Every field under the names published clients use. */
const NewConversion = z
  .object({
    type: typeOfConversion.default('purchase'),
    affiliate_id: rowId.nullish(),
    referral_code: orNone(referralCode),
    referred_user_id: rowId.nullish(),
    email: orNone(email),
    customer_email: orNone(email),
    value: money.nullish(),
    commission_amount: money.nullish(),
    base_value: money.nullish(),
    amount: money.nullish(),
    base_value_currency: orNone(currency),
    currency: orNone(currency),
    paid: flag.nullish(),
    reference: orNone(z.union([text(255), whole], 'expected a text or a number')),
    coupon_code_used: orNone(text(64)),
    product_id: orNone(text(255)),
    url: orNone(text(2000)),
  })
  .meta({
    examples: [
      { type: 'purchase', affiliate_id: 1, base_value: 250, base_value_currency: 'USD', reference: 'ORDER-123' },
    ],
  })
type NewConversion = z.infer<typeof NewConversion>

const Change = z.object({
  type: typeOfConversion.optional(),
  value: money.optional(),
  base_value: money.optional(),
  base_value_currency: currency.optional(),
  paid: flag.optional(),
  reference: orNone(text(255)),
  coupon_code_used: orNone(text(64)),
  status: Verdict.optional(),
  status_reason: orNone(text(500)),
})

const Verdicts = z.object({
  ids: z
    .array(rowId, 'expected a list of conversion ids')
    .min(1, 'expected at least one id')
    .max(500, 'expected at most 500 ids'),
  status: Verdict,
  reason: orNone(text(500)),
})

const Trail = z.object({
  conversion_id: z.number(),
  affiliate_id: z.number().nullable(),
  winner: z.object({ kind: z.string(), affiliate_id: z.number(), link_id: z.number().nullable() }).nullable(),
  candidates: z.array(
    z.object({
      kind: z.string(),
      value: z.string(),
      affiliate_id: z.number().nullable(),
      outcome: z.enum(['won', 'lost']),
      reason: z.string(),
    }),
  ),
  commission: z.record(z.string(), z.unknown()),
  second_tier: z.record(z.string(), z.unknown()).nullable(),
  /** The same, in sentences. */
  explanation: z.array(z.string()),
})

const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['Conversions'] })

export const conversionRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)
  const inProject = <T>(projectId: number, work: (tx: Tx, project: Project, now: Instant) => Promise<T>): Promise<T> =>
    retried(db, async (tx) => work(tx, await getProject(tx, projectId), clock.now()))

  api.get(
    '/conversions',
    {
      schema: {
        ...about('listConversions', 'List conversions'),
        querystring: Query,
        response: { 200: listOf(Conversion) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listConversions(tx, request.caller.projectId, request.query))
      return page(found, show, request.query)
    },
  )

  api.post(
    '/conversions',
    {
      schema: {
        ...about('createConversion', 'Create a conversion'),
        body: NewConversion,
        response: { 201: ok(CreatedConversion) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const now = clock.now()
        const project = await getProject(tx, request.caller.projectId)
        const conversionId = await create(tx, project, request.body, now)
        if (request.body.paid) await setPaid(tx, project, conversionId, true, now)
        const made = show(await getListedConversion(tx, project.id, conversionId))
        return {
          success: true as const,
          data: { ...made, ...(made.value === null && nothingEarnedBy(made.type)) },
        }
      }),
  )

  api.post(
    '/conversions/status',
    {
      schema: {
        ...about('judgeConversions', 'Approve, deny or disqualify many conversions'),
        description: 'Each conversion is changed on its own; the answer names those that are not there.',
        body: Verdicts,
        response: { 200: ok(z.object({ changed: z.array(z.number()), not_found: z.array(z.number()) })) },
      },
      // In one transaction, 500 changes would hold everybody up; the same verdict again changes nothing.
      preHandler: keyFirst(context),
    },
    async (request) => {
      const { ids, status, reason } = request.body
      const data: { changed: number[]; not_found: number[] } = { changed: [], not_found: [] }
      for (const conversionId of new Set(ids)) {
        const found = await inProject(request.caller.projectId, (tx, project, now) =>
          reviewConversion(tx, project, conversionId, status, reason ?? null, now).catch(missing),
        )
        data[found ? 'changed' : 'not_found'].push(conversionId)
      }
      return { success: true as const, data }
    },
  )

  const one = { params: z.object({ id }) }
  api.get(
    '/conversions/:id',
    { schema: { ...about('getConversion', 'Get a conversion'), ...one, response: { 200: ok(Conversion) } } },
    async (request) => ({
      success: true as const,
      data: await inProject(request.caller.projectId, async (tx, project) =>
        show(await getListedConversion(tx, project.id, request.params.id)),
      ),
    }),
  )

  api.get(
    '/conversions/:id/attribution',
    {
      schema: {
        ...about('explainConversion', 'Why a conversion is whose it is'),
        description:
          'Every candidate that was looked at, who won, why each other one lost, and what it earned or why nothing.',
        ...one,
        response: { 200: ok(Trail) },
      },
    },
    async (request) => {
      const conversion = await inProject(request.caller.projectId, (tx, project) =>
        getConversion(tx, project.id, request.params.id),
      )
      const { second_tier = null, ...trail } = JSON.parse(conversion.decision) as ConversionDecision
      const data = {
        conversion_id: conversion.id,
        affiliate_id: conversion.affiliate_id,
        ...trail,
        commission: { ...trail.commission },
        second_tier: second_tier && { ...second_tier },
        explanation: explain(conversion, { ...trail, second_tier: second_tier ?? undefined }),
      }
      return { success: true as const, data }
    },
  )

  api.put(
    '/conversions/:id',
    {
      schema: {
        ...about('updateConversion', 'Change a conversion'),
        ...one,
        body: Change,
        response: { 200: ok(Conversion) },
      },
    },
    async (request) => {
      const { status, status_reason, ...facts } = request.body
      if (Object.keys(request.body).length === 0)
        throw new DomainError(
          'invalid_request',
          `body: expected at least one of ${Object.keys(Change.shape).join(', ')}`,
        )
      const data = await inProject(request.caller.projectId, async (tx, project, now) => {
        const conversionId = request.params.id
        const { currency: own } = await getConversion(tx, project.id, conversionId)
        const base_value_currency = facts.base_value_currency && parseCurrency(facts.base_value_currency)
        const unit = base_value_currency ?? own ?? project.currency
        const change = {
          ...facts,
          ...(base_value_currency && { base_value_currency }),
          ...(facts.value !== undefined && { value: toMinor(facts.value, unit) }),
          ...(facts.base_value !== undefined && {
            base_value: toMinor(facts.base_value, unit),
            base_value_currency: unit,
          }),
        }
        if (status) await reviewConversion(tx, project, conversionId, status, status_reason ?? null, now)
        if (Object.keys(facts).length > 0) await correctConversion(tx, project, conversionId, change, now)
        return show(await getListedConversion(tx, project.id, conversionId))
      })
      return { success: true as const, data }
    },
  )

  api.delete(
    '/conversions/:id',
    { schema: { ...about('deleteConversion', 'Delete a conversion'), ...one, response: { 204: z.null() } } },
    async (request, reply) => {
      await inProject(request.caller.projectId, (tx, project, now) =>
        deleteConversion(tx, project, request.params.id, now),
      )
      return reply.code(204).send(null)
    },
  )
}

/** @returns its id. @throws DomainError 'affiliate_not_found' | 'unknown_code' | 'referral_not_found' | 'conversion_exists' */
async function create(tx: Tx, project: Project, body: NewConversion, now: Instant): Promise<number> {
  const given = body.currency ?? body.base_value_currency
  const unit = given ? parseCurrency(given) : project.currency
  const amount = body.base_value ?? body.amount
  const commission = body.value ?? body.commission_amount
  if (body.type === 'purchase' && amount == null && commission == null)
    throw new DomainError('invalid_request', 'base_value: expected the amount of the purchase, such as 49.99')
  if (body.affiliate_id) await mustExist(tx, project.id, 'affiliate', body.affiliate_id)
  if (body.referral_code) await mustHaveCode(tx, project.id, body.referral_code)
  const person = body.referred_user_id ? await mustExist(tx, project.id, 'referral', body.referred_user_id) : undefined

  const { outcome, conversion } = await recordConversion(
    tx,
    project,
    {
      type: body.type,
      email: person?.email ?? body.email ?? body.customer_email ?? null,
      amount: amount == null ? null : toMinor(amount, unit),
      currency: amount == null && commission == null ? null : unit,
      reference: body.reference == null ? null : String(body.reference),
      coupon_code: body.coupon_code_used ?? null,
      url: body.url ?? null,
      source: 'api',
      provider: null,
      external_id: null,
      idempotency_key: null,
      product_id: body.product_id ?? null,
      clues: {
        affiliate_id: body.affiliate_id ?? null,
        coupon: body.coupon_code_used ?? null,
        metadata: body.referral_code ?? null,
      },
      ...(commission != null && { given_commission: toMinor(commission, unit) }),
      occurred_at: now,
    },
    now,
  )
  if (conversion && outcome !== 'duplicate') return conversion.id
  const which = body.reference == null ? 'for this person' : `with the reference ${body.reference}`
  throw new DomainError('conversion_exists', `A ${body.type} ${which} already exists`)
}

async function mustExist(tx: Tx, projectId: number, table: 'affiliate' | 'referral', wanted: number) {
  const row = await tx
    .selectFrom(table)
    .select(['id', 'email'])
    .where('id', '=', wanted)
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (row) return row
  throw table === 'affiliate'
    ? new DomainError('affiliate_not_found', `affiliate_id: no affiliate ${wanted} in this project`)
    : new DomainError('referral_not_found', `referred_user_id: no referred user ${wanted} in this project`)
}

async function mustHaveCode(tx: Tx, projectId: number, code: string): Promise<void> {
  const link = await tx
    .selectFrom('link')
    .select('id')
    .where('project_id', '=', projectId)
    .where('code_key', '=', code.toLowerCase())
    .executeTakeFirst()
  if (!link) throw new DomainError('unknown_code', `referral_code: nobody in this project has the code ${code}`)
}

function missing(error: unknown): undefined {
  if (error instanceof DomainError && error.code === 'conversion_not_found') return undefined
  throw error
}

function show(row: ConversionWithCommission): z.infer<typeof Conversion> {
  const major = (amount: number | null, unit: string | null) =>
    amount === null || unit === null ? null : toMajor(amount, unit)
  return {
    id: row.id,
    project_id: row.project_id,
    type: row.type,
    affiliate_id: row.affiliate_id,
    referral_code: row.referral_code,
    referred_user_id: row.referral_id,
    value: major(row.commission_amount, row.commission_currency),
    base_value: major(row.amount, row.currency),
    base_value_currency: row.currency,
    paid: row.paid,
    status: row.status,
    status_reason: row.status_reason,
    created_at: row.created_at,
    reference: row.reference,
    coupon_code_used: row.coupon_code,
    url: row.url,
    refunded: major(row.refunded, row.currency) ?? 0,
    product_id: row.product_id,
    original_value: major(row.original_amount, row.original_currency),
    original_currency: row.original_currency,
    exchange_rate: row.exchange_rate,
    exchange_rate_source: row.rate_source,
  }
}
