/** `/r/CODE`: a link that counts its click on the server and leads to the company's site, whatever happens here. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import { DomainError } from '../../core/kit/errors.ts'
import type { UncountedReason } from '../../core/click/not-counted.ts'
import type { Redirect } from '../../core/click/redirect.ts'
import { REFERRAL_CODE, REFERRAL_CODE_EXPECTED } from '../../core/affiliate/code.ts'
import { dayOf } from '../../core/kit/time.ts'
import { createMinuteCounts, networkOf } from '../../rate-limit.ts'
import type { ClickBatch } from './click-batch.ts'
import { newClickId } from './click-id.ts'
import { createRedirects } from './known-redirects.ts'
import { whyNotOpened } from './opened.ts'
import { isBot } from './reports.ts'
import type { HashVisitor } from './visitor-hasher.ts'

/** Clicks that may wait for the day's salt; without a bound those of a database that does not answer would fill the memory. */
const UNHASHED = 1000

type FollowRequest = FastifyRequest<{ Params: { code: string; projectId?: string } }>

export const redirectRoutes =
  ({ config, db, clock }: Context, clicks: ClickBatch, hashVisitor: HashVisitor) =>
  async (app: FastifyInstance) => {
    const redirects = createRedirects(db)
    const { publicPerMinute, linkPerMinute } = config.rateLimits
    const countAddress = createMinuteCounts()
    const countLink = createMinuteCounts()
    let unhashed = 0

    app.get('/r/:code', follow)
    app.get('/r/:projectId/:code', follow)

    async function follow(request: FollowRequest, reply: FastifyReply) {
      const { code, projectId } = request.params
      if (!REFERRAL_CODE.test(code))
        throw new DomainError('invalid_request', `code: expected ${REFERRAL_CODE_EXPECTED}`)
      const { redirect, home } = await redirects.find(code, projectId, request.hostname)
      reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer-when-downgrade')
      if (redirect) {
        const clickId = newClickId()
        const reason = whyNotOpened(request.headers) ?? overLimit(request, redirect)
        if (reason) reply.header('x-refgrow-click', reason)
        if (request.method === 'GET') report(request, redirect, clickId, reason)
        return reply.redirect(target(redirect, clickId, request.url, reason), 302)
      }
      if (home) return reply.redirect(withQuery(home.website, request.url).href, 302)
      throw new DomainError(
        'unknown_code',
        projectId
          ? `No referral code ${code} in project ${projectId}`
          : `No project has the referral code ${code}; a link that names its project is /r/PROJECT/CODE`,
      )
    }

    function overLimit({ ip, method }: FollowRequest, { project_id, code }: Redirect): UncountedReason | undefined {
      if (method !== 'GET') return undefined
      const now = clock.now()
      const tooMany =
        (publicPerMinute > 0 && countAddress(networkOf(ip), now) > publicPerMinute) ||
        (linkPerMinute > 0 && countLink(`${project_id} ${code}`, now) > linkPerMinute)
      return tooMany ? 'limit' : undefined
    }

    /** Holds nothing of the request: its click may wait longer than its visitor. */
    function report(request: FollowRequest, redirect: Redirect, clickId: string, reason?: UncountedReason): void {
      const { project_id, affiliate_id, code } = redirect
      const now = clock.now()
      const leaveOut = (why: UncountedReason) =>
        clicks.addUncounted({ project_id, affiliate_id, day: dayOf(now), reason: why })
      if (reason) return leaveOut(reason)

      const userAgent = request.headers['user-agent'] ?? ''
      const bot = isBot(userAgent)
      const offer = (visitor_hash: string) =>
        clicks.offer(
          {
            project_id,
            code,
            click_id: clickId,
            visitor_hash,
            landing_url: null,
            referrer: null,
            source: 'redirect',
            bot,
            at: now,
          },
          affiliate_id,
        )
      const visitor = hashVisitor(now, project_id, request.ip, userAgent)
      if (typeof visitor === 'string') return offer(visitor)
      if (unhashed >= UNHASHED) return leaveOut('dropped')
      unhashed += 1
      visitor.then(offer, () => leaveOut('dropped')).finally(() => (unhashed -= 1))
    }
  }

/** The company's site with the link's own query. */
function withQuery(website: string, requested: string): URL {
  const url = new URL(website)
  for (const [name, value] of new URL(requested, 'http://localhost').searchParams) url.searchParams.append(name, value)
  return url
}

/**
 * With the code for the tracker, and the click's id so that the tracker reports the same click; a page in a frame, or fetched
 * by another one, gets neither, because nobody chose to come. What was fetched ahead may still be opened, and keeps both.
 */
function target(redirect: Redirect, clickId: string, requested: string, reason?: UncountedReason): string {
  const url = withQuery(redirect.website, requested)
  if (reason === 'frame' || reason === 'image' || reason === 'fetch') {
    url.searchParams.delete(redirect.param)
    url.searchParams.delete('refgrow_click')
  } else {
    url.searchParams.set(redirect.param, redirect.code)
    url.searchParams.set('refgrow_click', clickId)
  }
  return url.href
}
