/** What an affiliate changes or takes away through the widget: his account, a payout, a code of his own, a statement. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { AffiliateWithCode } from '../../core/affiliate/affiliate.ts'
import { affiliateDashboard } from '../../core/dashboard/dashboard.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { parseCurrency } from '../../core/kit/money.ts'
import { type SealedMethod, setPayoutMethod, storedMethod } from '../../core/payout/account.ts'
import { checkedMethod } from '../../core/payout/method.ts'
import { requestPayout } from '../../core/payout/request.ts'
import { getProject, parseProjectId } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import { chooseSlug } from '../../core/affiliate/slug.ts'
import { statementOf } from '../../core/ledger/statement.ts'
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { zodRoutes } from '../../zod-routes.ts'
import { affiliateWhoAsks, type Claim, identity } from './identity.ts'
import type { AffiliateDashboard, PayoutMethodDetails } from './contract.ts'
import { BODY_LIMIT } from './dashboard.ts'
import { retried } from '../../db/retried.ts'

/** What the fields hold is checked by core, which says what was expected of each kind. */
const text = z.string('expected text').max(1000)
const Method = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('paypal'), email: text }),
    z.object({ kind: z.literal('wise'), email: text }),
    z.object({ kind: z.literal('bank'), holder: text, account: text, bic: text.optional() }),
    z.object({ kind: z.literal('other'), text }),
  ],
  'expected paypal, wise, bank or other',
)

const MethodBody = z.object({ ...identity, method: Method.nullable() })
const PayoutBody = z.object({ ...identity, currency: z.string().max(20) })
const SlugBody = z.object({ ...identity, slug: z.string().max(100) })
const StatementBody = z.object(identity)

const limited = { bodyLimit: BODY_LIMIT, config: { rateLimit: { max: 60, timeWindow: '1 minute' } } }

export const widgetActionRoutes =
  ({ db, clock, sealer }: Context) =>
  async (app: FastifyInstance) => {
    const routes = zodRoutes(app)

    routes.post('/api/widget/payout-method', { ...limited, schema: { body: MethodBody } }, ({ body }) =>
      act(body, (tx, project, affiliate, now) =>
        setPayoutMethod(tx, affiliate, sealedMethod(project, body.method), now),
      ),
    )

    routes.post('/api/widget/payout', { ...limited, schema: { body: PayoutBody } }, ({ body }) =>
      act(body, (tx, project, affiliate, now) =>
        requestPayout(tx, project, affiliate, parseCurrency(body.currency), now),
      ),
    )

    routes.post('/api/widget/slug', { ...limited, schema: { body: SlugBody } }, ({ body }) =>
      act(body, (tx, project, affiliate, now) => chooseSlug(tx, project, affiliate, body.slug.trim(), now)),
    )

    routes.post('/api/widget/statement', { ...limited, schema: { body: StatementBody } }, async ({ body }) => {
      const data = await asAffiliate(body, (tx, project, affiliate, now) => statementOf(tx, project, affiliate, now))
      return { success: true as const, data }
    })

    const asAffiliate = <T>(
      claim: Claim & { project_id: number | string },
      work: (tx: Tx, project: Project, affiliate: AffiliateWithCode, now: Instant) => Promise<T>,
    ): Promise<T> =>
      retried(db, async (tx) => {
        const project = await getProject(tx, parseProjectId(claim.project_id))
        const affiliate = await affiliateWhoAsks(tx, project, claim, sealer, clock.now())
        return work(tx, project, affiliate, clock.now())
      })

    /** Answers what the dashboard is afterwards. */
    async function act(
      claim: Claim & { project_id: number | string },
      change: (tx: Tx, project: Project, affiliate: AffiliateWithCode, now: Instant) => Promise<void>,
    ) {
      const data = await asAffiliate(claim, async (tx, project, affiliate, now): Promise<AffiliateDashboard> => {
        await change(tx, project, affiliate, now)
        const after = await affiliateDashboard(tx, project, affiliate.email, now)
        if (!after) throw new DomainError('affiliate_not_found', 'Affiliate not found')
        return after
      })
      return { success: true as const, data }
    }

    function sealedMethod(project: Project, given: PayoutMethodDetails | null): SealedMethod | null {
      if (!given) return null
      const method = checkedMethod(given, settingsOf(project).payout_kinds)
      return storedMethod(project.id, method, (text) => sealer.seal(text))
    }
  }
