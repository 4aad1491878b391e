/** What page.js asks for. An e-mail proves nothing; only the host's signed hash shows an affiliate's numbers. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { type AffiliateWithCode, createAffiliate } from '../core/affiliate.ts'
import { ruleOf } from '../core/commission.ts'
import { affiliateDashboard } from '../core/dashboard.ts'
import { emailKey } from '../core/email.ts'
import { queueMail } from '../core/mail.ts'
import { DomainError } from '../core/errors.ts'
import { defaultCampaignId, getProject, parseProjectId } from '../core/project.ts'
import { settingsOf } from '../core/settings.ts'
import type { CommissionRule, Project, Tx } from '../db/schema.ts'
import { hmacMatches } from '../secrets.ts'
import { zodRoutes } from '../zod-routes.ts'
import type { Dashboard, Joined, Program } from './widget-contract.ts'

const email = z.email('expected an e-mail address').max(254)
const identity = { project_id: z.union([z.number().int(), z.string().max(64)]), hash: z.string().max(256).optional() }
const DashboardBody = z.object({ ...identity, email: email.or(z.literal('')).optional() })
const JoinBody = z.object({ ...identity, email })

const BODY_LIMIT = 16 * 1024

export const widgetRoutes =
  ({ db, clock, sealer }: Context) =>
  async (app: FastifyInstance) => {
    const routes = zodRoutes(app)

    routes.post(
      '/api/widget/dashboard',
      { bodyLimit: BODY_LIMIT, schema: { body: DashboardBody } },
      async (request) => {
        const { body } = request
        const projectId = parseProjectId(body.project_id)
        const data = await db.transaction().execute(async (tx): Promise<Dashboard> => {
          const project = await getProject(tx, projectId)
          const proven = isProven(project, body)
          return {
            program: await programOf(tx, project),
            proven,
            affiliate: proven && body.email ? await affiliateDashboard(tx, project, body.email, clock.now()) : null,
          }
        })
        return { success: true as const, data }
      },
    )

    const joinLimit = { rateLimit: { max: 20, timeWindow: '1 minute' } }
    routes.post(
      '/api/widget/join',
      { bodyLimit: BODY_LIMIT, config: joinLimit, schema: { body: JoinBody } },
      async (request, reply) => {
        const { body } = request
        const projectId = parseProjectId(body.project_id)
        const data = await db.transaction().execute(async (tx): Promise<Joined> => {
          const project = await getProject(tx, projectId)
          const proven = isProven(project, body)
          const affiliate = await createAffiliate(tx, project.id, { email: body.email }, clock.now()).catch(
            alreadyJoined,
          )
          await welcome(tx, project, affiliate, request.headers['accept-language'])
          return {
            referral_code: affiliate.referral_code,
            affiliate: proven ? await affiliateDashboard(tx, project, body.email, clock.now()) : null,
          }
        })
        return reply.code(201).send({ success: true as const, data })
      },
    )

    const welcome = (
      tx: Tx,
      project: Project,
      { id, email: recipient, referral_code }: AffiliateWithCode,
      spoken?: string,
    ) =>
      queueMail(
        tx,
        project,
        {
          recipient,
          template: 'welcome',
          language: spoken ?? settingsOf(project).language,
          fields: { referral_code },
          once_key: `welcome ${id}`,
        },
        clock.now(),
      )

    /** No hash: unproven. A wrong hash is not "unproven" but an error of the host page, and must not pass unseen. */
    function isProven(
      project: Project,
      { email: address, hash }: { email?: string | undefined; hash?: string | undefined },
    ): boolean {
      if (!address || !hash) return false
      if (hmacMatches(sealer.open(project.hmac_secret_sealed), emailKey(address), hash)) return true
      throw new DomainError(
        'wrong_hash',
        'data-user-hash does not match: expected hex HMAC-SHA256(project secret, lower-cased e-mail)',
      )
    }
  }

function alreadyJoined(error: unknown): never {
  if (error instanceof DomainError && error.code === 'affiliate_exists')
    throw new DomainError('already_joined', 'This e-mail has already joined')
  throw error
}

async function programOf(tx: Tx, project: Project): Promise<Program> {
  const settings = settingsOf(project)
  const rule = await ruleOf(tx, await defaultCampaignId(tx, project.id))
  return {
    project_id: project.id,
    name: project.name,
    website: project.website,
    param: settings.param,
    currency: project.currency,
    title: settings.title,
    description: settings.description,
    commission: termsOf(rule),
    hold_days: rule?.hold_days ?? 0,
    cookie_days: settings.cookie_days,
    blocks: settings.widget_blocks_config,
    appearance: {
      primary_color: settings.primary_color,
      secondary_color: settings.secondary_color,
      font_color: settings.font_color,
      theme: settings.theme,
    },
  }
}

function termsOf(rule: CommissionRule | undefined): Program['commission'] {
  if (!rule) return null
  return rule.kind === 'percent'
    ? { kind: 'percent', basis_points: rule.basis_points ?? 0 }
    : { kind: 'fixed', amount: rule.amount ?? 0, currency: rule.currency ?? '' }
}
