/** What page.js asks for first. An e-mail proves nothing; only a signed hash or a log-in shows an affiliate's numbers. */
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { dashboardFor, findViewer, type Viewer } from '../../core/dashboard/dashboard.ts'
import { imageAddress } from '../../core/dashboard/material.ts'
import { programmeFor } from '../../core/dashboard/program.ts'
import { getProject, parseProjectId } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import type { CommissionRule, Instant, Project, Tx } from '../../db/schema.ts'
import { zodRoutes } from '../../zod-routes.ts'
import type { CommissionTerms, Dashboard, Material, Program } from './contract.ts'
import { firstTexts } from './first-texts.ts'
import { type Asker, identity, whoAsks } from './identity.ts'
import { retried } from '../../db/retried.ts'

const DashboardBody = z.object({
  ...identity,
  etag: z.string().max(100).optional(),
  locale: z.string().max(100).optional(),
})

export const BODY_LIMIT = 16 * 1024

export const widgetRoutes =
  ({ config, db, clock, sealer }: Context) =>
  async (app: FastifyInstance) => {
    const routes = zodRoutes(app)

    routes.post(
      '/api/widget/dashboard',
      { bodyLimit: BODY_LIMIT, schema: { body: DashboardBody } },
      async ({ body }, reply) => {
        const projectId = parseProjectId(body.project_id)
        const data = await retried(db, async (tx) => {
          const project = await getProject(tx, projectId)
          const asker = await whoAsks(tx, project, body, sealer, clock.now())
          return dashboardOf(tx, project, asker, clock.now(), config.publicUrl)
        })
        const text = JSON.stringify(data)
        const etag = etagOf(text)
        reply.headers({ etag, 'access-control-expose-headers': 'etag', 'cache-control': 'no-store' })
        if (body.etag === etag) return reply.code(304).send()
        const texts = body.locale ? firstTexts(body.locale, data) : undefined
        const more = texts ? `,"texts":${JSON.stringify(texts)}` : ''
        return reply.type('application/json; charset=utf-8').send(`{"success":true,"data":${text}${more}}`)
      },
    )
  }

/** Names a dashboard by its bytes: the same again need not be sent. */
const etagOf = (text: string): string => `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`

export const dashboardEtag = (data: Dashboard): string => etagOf(JSON.stringify(data))

/** What the widget shows first, to whom it may be shown. @param publicUrl where browsers reach this server */
export async function dashboardOf(
  tx: Tx,
  project: Project,
  { email, proven }: Asker,
  now: Instant,
  publicUrl: string,
): Promise<Dashboard> {
  const viewer = proven && email ? ((await findViewer(tx, project.id, email)) ?? null) : null
  return {
    program: await programOf(tx, project, viewer, publicUrl),
    proven,
    affiliate: viewer && (await dashboardFor(tx, project, viewer, now)),
  }
}

async function programOf(tx: Tx, project: Project, viewer: Viewer | null, publicUrl: string): Promise<Program> {
  const settings = settingsOf(project)
  const { rule, campaign, levels, materials } = await programmeFor(tx, project, viewer)
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
    signup: {
      mode: settings.signup,
      fields: settings.signup_fields,
      terms_url: settings.terms_url,
      verification: settings.identity_verification,
    },
    payout: {
      kinds: settings.payout_kinds,
      requests: settings.payout_requests,
      minimum: settings.payout_minimum,
    },
    custom_slugs: settings.custom_slugs,
    second_tier: secondTierOf(campaign),
    levels: levels.map(({ level: { id, name, metric, threshold, period }, rule: terms }) => ({
      id,
      name,
      metric,
      threshold,
      period,
      commission: termsOf(terms),
    })),
    materials: materials.flatMap((material): Material[] => {
      const { id, kind, title, text, width, height } = material
      if (kind === 'text') return text === null ? [] : [{ id, kind, title, text }]
      const url = imageAddress(material, publicUrl)
      return url && width && height ? [{ id, kind, title, url, width, height }] : []
    }),
    powered_by: settings.powered_by,
  }
}

function termsOf(rule: CommissionRule | undefined): CommissionTerms | null {
  if (!rule) return null
  return rule.kind === 'percent'
    ? { kind: 'percent', basis_points: rule.basis_points ?? 0 }
    : { kind: 'fixed', amount: rule.amount ?? 0, currency: rule.currency ?? '' }
}

function secondTierOf(rule: CommissionRule | undefined): CommissionTerms | null {
  if (!rule?.second_kind) return null
  return rule.second_kind === 'percent'
    ? { kind: 'percent', basis_points: rule.second_basis_points ?? 0 }
    : { kind: 'fixed', amount: rule.second_amount ?? 0, currency: rule.currency ?? '' }
}
