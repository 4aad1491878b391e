/** How somebody comes in through the widget: joining, logging in with a code by mail, logging out. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { openSession, revokeSession } from '../core/affiliate-session.ts'
import { emailAddress as email } from '../core/email-address.ts'
import { DomainError } from '../core/errors.ts'
import { languageTag } from '../core/language.ts'
import { mailLoginCode, MINUTES, takeLoginCode } from '../core/login-code.ts'
import { getProject, parseProjectId } from '../core/project.ts'
import { joinProgramme } from '../core/signup.ts'
import { zodRoutes } from '../zod-routes.ts'
import type { CodeSent, Joined, LoggedIn } from './widget-contract.ts'
import { identity, projectId, refuseWithoutHash, whoAsks } from './widget-identity.ts'
import { BODY_LIMIT, dashboardOf } from './widget.ts'
import { retried } from '../db/retried.ts'

const limited = { bodyLimit: BODY_LIMIT, config: { rateLimit: { max: 20, timeWindow: '1 minute' } } }

/** What the host page says is nobody's mistake here: a language that is none is left out. */
const language = z.string().max(100).optional().catch(undefined)
const text = z.string('expected text').max(2000).optional()

const JoinBody = z.object({
  ...identity,
  email,
  fields: z.object({ name: text, company: text, website: text }).optional(),
  invite: z.string().max(500).optional(),
  language,
})
const CodeBody = z.object({ project_id: projectId, email, language })
const LoginBody = z.object({
  project_id: projectId,
  email,
  code: z
    .string()
    .max(100)
    .transform(plainDigits)
    .pipe(z.string().regex(/^\d{6}$/, 'expected six digits')),
})
const LogoutBody = z.object({ project_id: projectId, token: z.string().max(256).optional() })

export const widgetAccessRoutes =
  ({ config, db, clock, sealer }: Context) =>
  async (app: FastifyInstance) => {
    const routes = zodRoutes(app)

    routes.post('/api/widget/join', { ...limited, schema: { body: JoinBody } }, async (request, reply) => {
      const { body } = request
      const data = await retried(db, async (tx): Promise<Joined> => {
        const project = await getProject(tx, parseProjectId(body.project_id))
        // A log-in is another address's: who joins proves the one he names.
        const asker = await whoAsks(tx, project, { email: body.email, hash: body.hash }, sealer, clock.now())
        const signup = { ...body, spoken: request.headers['accept-language'] }
        const { referral_code, status } = await joinProgramme(tx, project, signup, sealer.sign, clock.now())
        const { affiliate } = await dashboardOf(tx, project, asker, clock.now(), config.publicUrl)
        return { referral_code, status, affiliate }
      })
      return reply.code(201).send({ success: true as const, data })
    })

    routes.post('/api/widget/code', { ...limited, schema: { body: CodeBody } }, async ({ body }) => {
      const asked = { email: body.email, language: body.language && languageTag(body.language) }
      await retried(db, async (tx) => {
        const project = await getProject(tx, parseProjectId(body.project_id))
        refuseWithoutHash(project)
        await mailLoginCode(tx, project, asked, sealer.sign, clock.now())
      })
      const data: CodeSent = { minutes: MINUTES }
      return { success: true as const, data }
    })

    routes.post('/api/widget/login', { ...limited, schema: { body: LoginBody } }, async ({ body }, reply) => {
      const data = await retried(db, async (tx): Promise<LoggedIn | undefined> => {
        const project = await getProject(tx, parseProjectId(body.project_id))
        refuseWithoutHash(project)
        const affiliate = await takeLoginCode(tx, project.id, body, sealer.sign, clock.now())
        if (!affiliate) return undefined
        const token = await openSession(tx, affiliate, clock.now())
        const asker = { email: affiliate.email, proven: true }
        return { token, dashboard: await dashboardOf(tx, project, asker, clock.now(), config.publicUrl) }
      })
      // After the commit: the try counts.
      if (!data) throw new DomainError('wrong_code', 'This code is wrong, expired or used; ask for a new one', 'code')
      reply.header('cache-control', 'no-store')
      return { success: true as const, data }
    })

    routes.post('/api/widget/logout', { bodyLimit: BODY_LIMIT, schema: { body: LogoutBody } }, async ({ body }) => {
      const { token } = body
      if (token) await retried(db, (tx) => revokeSession(tx, parseProjectId(body.project_id), token, clock.now()))
      return { success: true as const, data: null }
    })
  }

/** Without spaces, and in the digits of any keyboard: Arabic, Persian and full-width ones end in the same four bits. */
function plainDigits(code: string): string {
  return code
    .replaceAll(/[\s\u2066-\u2069\u200e\u200f-]+/g, '')
    .replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => String(digit.charCodeAt(0) & 15))
}
