/** How somebody comes in through the widget: joining, logging in with a code by mail, logging out. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AskerLimit, Askers } from '../../asker-limit.ts'
import type { Context } from '../../context.ts'
import { openSession, revokeSession } from '../../core/affiliate/session.ts'
import { type AffiliateWithCode, findAffiliate } from '../../core/affiliate/affiliate.ts'
import { emailAddress as email } from '../../core/kit/email-address.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { languageTag } from '../../core/project/language.ts'
import { type CodeRequest, mailCode, MINUTES, takeCode } from '../../core/affiliate/login-code.ts'
import { getProject, parseProjectId } from '../../core/project/project.ts'
import { checkSignup, joinProgramme } from '../../core/affiliate/join.ts'
import type { Project, Tx } from '../../db/schema.ts'
import { zodRoutes } from '../../zod-routes.ts'
import type { CodeSent, Joined, LoggedIn } from './contract.ts'
import { identity, projectId, refuseWithoutHash, whoAsks } from './identity.ts'
import { BODY_LIMIT, dashboardOf } from './dashboard.ts'
import { retried } from '../../db/retried.ts'

const perMinute = (name: string): AskerLimit => ({ name: `${name}-minute`, limit: 20, seconds: 60 })
/** Joining mails a code to any address, so one network must not use us to fill many mailboxes. */
const MAILS: AskerLimit = { name: 'code-mails', limit: 200, seconds: 3600 }

/** What the host page says is nobody's mistake here: a language that is none is left out. */
const language = z.string().max(100).optional().catch(undefined)
const text = z.string('expected text').max(2000).optional()

const form = {
  fields: z.object({ name: text, company: text, website: text }).optional(),
  invite: z.string().max(500).optional(),
  language,
}
const JoinBody = z.object({ ...identity, email, ...form })
const CodeBody = z.object({ project_id: projectId, email, language })
const LoginBody = z.object({
  project_id: projectId,
  email,
  challenge: z.string('expected what the answer to "code" or "join" said').max(100).default(''),
  code: z
    .string()
    .max(100)
    .transform(plainCode)
    .pipe(z.string().regex(/^(\d{6}|[0-9a-f]{32})$/, 'expected six digits')),
  join: z.object(form).optional(),
})
const LogoutBody = z.object({ project_id: projectId, token: z.string().max(256).optional() })

export const widgetAccessRoutes =
  ({ config, db, clock, sealer }: Context, askers: Askers) =>
  async (app: FastifyInstance) => {
    const routes = zodRoutes(app)
    const limited = (...limits: AskerLimit[]) => ({ bodyLimit: BODY_LIMIT, onRequest: askers.limit(...limits) })

    const sendCode = async (tx: Tx, project: Project, request: CodeRequest): Promise<CodeSent> => {
      const asked = { ...request, language: request.language && languageTag(request.language) }
      return { challenge: await mailCode(tx, project, asked, sealer, clock.now()), minutes: MINUTES }
    }

    const join = { ...limited(perMinute('join'), MAILS), schema: { body: JoinBody } }
    routes.post('/api/widget/join', join, async (request, reply) => {
      const { body } = request
      const asker = await askers.of(request)
      const spoken = request.headers['accept-language']
      const data = await retried(db, async (tx): Promise<Joined | CodeSent> => {
        const project = await getProject(tx, parseProjectId(body.project_id))
        // A log-in is another address's: whoever joins proves the one they name.
        const { email: address, hash, hash_at } = body
        const who = await whoAsks(tx, project, { email: address, hash, hash_at }, sealer, clock.now())
        if (who.proven) {
          const { affiliate } = await joinProgramme(tx, project, { ...body, spoken }, sealer.sign, clock.now())
          return joined(affiliate, await dashboardOf(tx, project, who, clock.now(), config.publicUrl))
        }
        await checkSignup(tx, project, body, sealer.sign, clock.now())
        return sendCode(tx, project, { email: address, asker, language: body.language, joins: true })
      })
      return reply.code('challenge' in data ? 202 : 201).send({ success: true as const, data })
    })

    const code = { ...limited(perMinute('code'), MAILS), schema: { body: CodeBody } }
    routes.post('/api/widget/code', code, async (request) => {
      const { body } = request
      const asker = await askers.of(request)
      const data = await retried(db, async (tx) => {
        const project = await getProject(tx, parseProjectId(body.project_id))
        refuseWithoutHash(project)
        return sendCode(tx, project, { email: body.email, asker, language: body.language, joins: false })
      })
      return { success: true as const, data }
    })

    const login = { ...limited(perMinute('login')), schema: { body: LoginBody } }
    routes.post('/api/widget/login', login, async (request, reply) => {
      const { body } = request
      const spoken = request.headers['accept-language']
      const data = await retried(db, async (tx): Promise<LoggedIn | undefined> => {
        const project = await getProject(tx, parseProjectId(body.project_id))
        refuseWithoutHash(project)
        if (!(await takeCode(tx, project.id, body, sealer.sign, clock.now()))) return undefined

        // Proven now. What came with the code counts, not what anybody sent for this address before.
        const signup = body.join && { ...body.join, email: body.email, spoken }
        const entered = signup
          ? await joinProgramme(tx, project, signup, sealer.sign, clock.now())
          : { affiliate: await findAffiliate(tx, project.id, body.email), joined: false }
        if (!entered.affiliate) return undefined
        const token = await openSession(tx, entered.affiliate, clock.now())
        const asker = { email: entered.affiliate.email, proven: true }
        const dashboard = await dashboardOf(tx, project, asker, clock.now(), config.publicUrl)
        return { token, joined: entered.joined, dashboard }
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

const joined = (
  { referral_code, status }: AffiliateWithCode,
  { affiliate }: { affiliate: Joined['affiliate'] | null },
) => ({
  referral_code,
  status,
  affiliate: affiliate!,
})

/** Without spaces, and in the digits of any keyboard: Arabic, Persian and full-width ones end in the same four bits. */
function plainCode(code: string): string {
  return code
    .replaceAll(/[\s\u2066-\u2069\u200e\u200f-]+/g, '')
    .replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .toLowerCase()
}
