/** What latest.js reports: clicks and events. Bodies are JSON sent as text/plain, so that browsers ask no preflight. */
import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { isbot } from 'isbot'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { nothingEarnedBy, typeOfConversion } from '../../core/conversion/type.ts'
import { recordConversion } from '../../core/conversion/record.ts'
import { emailAddress } from '../../core/kit/email-address.ts'
import { emailKey } from '../../core/kit/email.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { orNone } from '../../core/kit/lenient.ts'
import { referralCode } from '../../core/affiliate/code.ts'
import { parseCurrency, toMinor } from '../../core/kit/money.ts'
import { getProject, parseProjectId } from '../../core/project/project.ts'
import type { ClickBatch } from './click-batch.ts'
import { createTrackerChoices } from './choices.ts'
import { lastingCookies } from './lasting-cookies.ts'
import { pageAddress } from './page-address.ts'
import { remembered } from './remembered.ts'
import type { HashVisitor } from './visitor-hasher.ts'
import { zodRoutes } from '../../zod-routes.ts'
import { retried } from '../../db/retried.ts'

const projectId = z.union([z.number().int(), z.string().max(64)])
const clickId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 letters, digits, hyphens or underscores')

/** Of use where it is right, and no reason to refuse a click or a purchase where it is not. */
const address = z.string().max(8192).nullish().catch(null)

const Click = z.object({
  project_id: projectId,
  referral_code: referralCode,
  click_id: clickId,
  url: address,
  referrer: address,
  cookie: z.string().max(1024).nullish().catch(null),
  /** The page is shown inside of a page of another site: nobody chose to come, and nothing is remembered. */
  framed: z.boolean().nullish().catch(null),
})

const coupon = z.union([z.string().max(64), z.number()]).nullish()

const Event = z.object({
  project_id: projectId,
  type: typeOfConversion,
  value: z.union([z.number(), z.string().max(32)]).nullish(),
  currency: z.string().max(8).nullish(),
  email: orNone(emailAddress),
  referral_code: referralCode.nullish().catch(null),
  click_id: clickId.nullish().catch(null),
  idempotency_key: z.string().min(1).max(8192).nullish(),
  reference: z.union([z.string().max(255), z.number()]).nullish(),
  // Pages call it by any of these names (COMPAT §1); the tracker passes it on as it came.
  coupon: coupon,
  coupon_code: coupon,
  couponCode: coupon,
  coupon_code_used: coupon,
  url: address,
})

/** What browsers send at most while a page is being left (fetch with keepalive). */
const BODY_LIMIT = 64 * 1024

/** Events are answered at multiples of this: a known customer takes about a third less time than a new one (1 to 3 ms). */
const EVEN_MS = 25

export const trackRoutes =
  ({ db, clock }: Context, clicks: ClickBatch, hashVisitor: HashVisitor) =>
  async (app: FastifyInstance) => {
    const routes = zodRoutes(app)
    const choicesOf = createTrackerChoices(db)

    routes.post('/api/track/click', { bodyLimit: BODY_LIMIT, schema: { body: Click } }, async (request, reply) => {
      const { body } = request
      const id = parseProjectId(body.project_id)
      const { origin } = request.headers
      const now = clock.now()
      const userAgent = request.headers['user-agent'] ?? ''
      const outcome = await clicks.record({
        project_id: id,
        code: body.referral_code,
        click_id: body.click_id,
        visitor_hash: await hashVisitor(now, id, request.ip, userAgent),
        landing_url: pageAddress(body.url),
        referrer: pageAddress(body.referrer),
        source: 'script',
        bot: isBot(userAgent),
        ...(body.framed && { uncounted: 'frame', stored: false }),
        at: now,
      })
      // As GoatCounter does: a header that says why a hit was refused or not counted.
      reply.header('x-refgrow-click', outcome)
      if (outcome === 'unknown_code') {
        await choicesOf(id, origin)
        throw new DomainError('unknown_code', `Nobody in this project has the referral code ${body.referral_code}`)
      }
      if (outcome === 'inactive_code')
        throw new DomainError('inactive_code', `The affiliate with the code ${body.referral_code} is not active`)
      const cookies = body.framed ? [] : lastingCookies(request.headers, request.hostname, body.cookie)
      if (cookies.length > 0) reply.header('set-cookie', cookies)
      return {
        success: true as const,
        data: { counted: outcome === 'counted' },
        // In a page of another site nothing is remembered, choices neither.
        ...(!body.framed && { choices: await choicesOf(id, origin) }),
      }
    })

    routes.post('/api/track/event', { bodyLimit: BODY_LIMIT, schema: { body: Event } }, async (request, reply) => {
      const { body } = request
      const started = performance.now()
      const id = parseProjectId(body.project_id)
      const now = clock.now()
      const typed = String(body.coupon || body.coupon_code || body.couponCode || body.coupon_code_used || '') || null
      const visitor = await hashVisitor(now, id, request.ip, request.headers['user-agent'] ?? '')
      const key = body.idempotency_key
        ? personalKey(body.idempotency_key, body.email || body.click_id || visitor)
        : null
      const recorded = await retried(db, async (tx) => {
        const project = await getProject(tx, id)
        const currency = body.currency ? parseCurrency(body.currency) : project.currency
        const amount = toMinor(body.value || 0, currency)
        return recordConversion(
          tx,
          project,
          {
            type: body.type,
            email: body.email || null,
            amount: amount || null,
            currency: amount ? currency : null,
            reference: body.reference ? String(body.reference) : null,
            coupon_code: typed,
            url: pageAddress(body.url),
            source: 'browser',
            provider: null,
            external_id: null,
            idempotency_key: key,
            clues: { coupon: typed, click: body.referral_code ?? null, click_id: body.click_id ?? null },
            occurred_at: now,
          },
          now,
        )
      })
      // Rejected depends on the project and the type alone; that somebody is known already shows neither here nor in the time.
      const status = recorded.outcome === 'rejected' ? 'rejected' : 'accepted'
      await pause(EVEN_MS - ((performance.now() - started) % EVEN_MS))
      return reply.code(202).send({ success: true as const, data: { status, ...nothingEarnedBy(body.type) } })
    })
  }

/** A browser's key is short and made of what was said; two people who say the same are still two. */
const personalKey = (key: string, person: string): string => hash('sha256', `${key}\n${emailKey(person)}`)

/** isbot's pattern is long and browsers' names repeat. */
export const isBot = remembered((userAgent: string): boolean => userAgent === '' || isbot(userAgent))
