/** `/r/CODE`: a link that counts its click on the server and leads to the company's site, whatever happens here. */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import { findRedirects, type Redirect } from '../core/redirect.ts'
import { DomainError } from '../core/errors.ts'
import { codeKey, REFERRAL_CODE, REFERRAL_CODE_EXPECTED } from '../core/referral-code.ts'
import type { RecordClick } from './click-batch.ts'
import { isBot } from './track.ts'
import type { HashVisitor } from './visitor-hasher.ts'
import { retried } from '../db/retried.ts'

/** A known code is answered from memory: a locked or missing database must not cost the company a visitor. */
const FRESH_MS = 60_000
const KEPT = 100_000

export const redirectRoutes =
  ({ db, clock }: Context, recordClick: RecordClick, hashVisitor: HashVisitor) =>
  async (app: FastifyInstance) => {
    const kept = new Map<string, { redirect: Redirect; at: number }>()

    app.get<{ Params: { code: string; projectId?: string } }>('/r/:code', follow)
    app.get<{ Params: { code: string; projectId?: string } }>('/r/:projectId/:code', follow)

    async function follow(
      request: FastifyRequest<{ Params: { code: string; projectId?: string } }>,
      reply: FastifyReply,
    ) {
      const redirect = await find(request.params.code, request.params.projectId)
      const clickId = `r${Date.now().toString(36)}${randomBytes(9).toString('base64url')}`
      if (redirect.known && isVisit(request)) void report(request, redirect, clickId)
      return reply
        .header('cache-control', 'no-store')
        .header('referrer-policy', 'no-referrer-when-downgrade')
        .redirect(target(redirect, clickId, request.url), 302)
    }

    async function find(code: string, projectId: string | undefined): Promise<Redirect & { known: boolean }> {
      if (!REFERRAL_CODE.test(code))
        throw new DomainError('invalid_request', `code: expected ${REFERRAL_CODE_EXPECTED}`)
      const key = `${projectId ?? ''} ${codeKey(code)}`
      const cached = kept.get(key)
      if (cached && performance.now() - cached.at < FRESH_MS) return { ...cached.redirect, known: true }
      try {
        const { found, home } = await retried(db, (tx) => findRedirects(tx, code, projectId))
        if (!found) {
          if (home) return { ...home, code, known: false }
          throw new DomainError(
            'unknown_code',
            projectId
              ? `No referral code ${code} in project ${projectId}`
              : `No single project has the referral code ${code}; use /r/PROJECT/CODE`,
          )
        }
        if (kept.size >= KEPT) kept.clear()
        kept.set(key, { redirect: found, at: performance.now() })
        return { ...found, known: true }
      } catch (error) {
        if (!cached || error instanceof DomainError) throw error
        return { ...cached.redirect, known: true }
      }
    }

    async function report(request: FastifyRequest, redirect: Redirect, clickId: string) {
      try {
        const now = clock.now()
        const userAgent = request.headers['user-agent'] ?? ''
        await recordClick({
          project_id: redirect.project_id,
          code: redirect.code,
          click_id: clickId,
          visitor_hash: await hashVisitor(now, redirect.project_id, request.ip, userAgent),
          landing_url: null,
          referrer: null,
          source: 'redirect',
          bot: isBot(userAgent),
          at: now,
        })
      } catch (error) {
        request.log.error({ err: error }, 'a redirect was answered, but its click could not be recorded')
      }
    }
  }

/** Look-ups, prefetches and prerenders lead on, but nobody has come yet. */
function isVisit(request: FastifyRequest): boolean {
  const purpose = `${String(request.headers['sec-purpose'] ?? '')} ${String(request.headers['purpose'] ?? '')} ${String(request.headers['x-moz'] ?? '')}`
  return request.method === 'GET' && !/prefetch|prerender|preview/i.test(purpose)
}

/** The company's site with the code for the tracker, the click's id so that the tracker reports the same click, and the link's own query. */
function target(redirect: Redirect & { known: boolean }, clickId: string, requested: string): string {
  const url = new URL(redirect.website)
  for (const [name, value] of new URL(requested, 'http://localhost').searchParams) url.searchParams.append(name, value)
  if (redirect.known) {
    url.searchParams.set(redirect.param, redirect.code)
    url.searchParams.set('refgrow_click', clickId)
  }
  return url.href
}
