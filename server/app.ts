/** The application: the one list of routes, hooks and the error handler. */
import { join } from 'node:path'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import pack from '../package.json' with { type: 'json' }
import { answerHeaders, setAnswerHeaders } from './answer-headers.ts'
import { affiliateAccessRoutes } from './api/affiliate-access.ts'
import { affiliateTermsRoutes } from './api/affiliate-terms.ts'
import { affiliateStatsRoutes } from './api/affiliate-stats.ts'
import { affiliateRoutes } from './api/affiliates.ts'
import { attributionRoutes, stripeCustomerRoutes } from './api/attribution.ts'
import { campaignRoutes } from './api/campaigns.ts'
import { clickRoutes } from './api/clicks.ts'
import { conversionRoutes } from './api/conversions.ts'
import { couponRoutes } from './api/coupons.ts'
import { eventRoutes } from './api/events.ts'
import { collectRoutes } from './api/openapi.ts'
import { referenceRoutes } from './api/reference.ts'
import { ledgerRoutes } from './api/ledger.ts'
import { materialRoutes } from './api/materials.ts'
import { payoutMethodRoutes } from './api/payout-methods.ts'
import { payoutRequestRoutes } from './api/payout-requests.ts'
import { payoutRoutes } from './api/payouts.ts'
import { providerEventRoutes } from './api/provider-events.ts'
import { providerRoutes } from './api/providers.ts'
import { referralRoutes } from './api/referrals.ts'
import { webhookDeliveryRoutes } from './api/webhook-deliveries.ts'
import { webhookEndpointRoutes } from './api/webhooks.ts'
import { createAskers } from './asker-limit.ts'
import { connectionLimits, type ConnectionLimits } from './connection-limits.ts'
import type { Context } from './context.ts'
import { answerError, answerNotFound, setErrorHandlers } from './errors.ts'
import { healthRoutes } from './health.ts'
import { readJsonBodies } from './json-bodies.ts'
import { allowAnyOrigin } from './public/any-origin.ts'
import { createClickBatch } from './public/track/click-batch.ts'
import { homeRoutes } from './public/pages/home.ts'
import { materialImageRoutes } from './public/widget/material-images.ts'
import { mcpRoutes } from './public/mcp.ts'
import { mistakePage } from './public/pages/mistake-page.ts'
import { redirectRoutes } from './public/track/redirect.ts'
import { portalRoutes } from './public/pages/portal.ts'
import { previewRoutes } from './public/pages/preview.ts'
import { languagesIn, type ScriptFolders, scriptRoutes } from './public/scripts/scripts.ts'
import { trackRoutes } from './public/track/reports.ts'
import { createVisitorHasher } from './public/track/visitor-hasher.ts'
import { webhookRoutes } from './public/provider-webhook.ts'
import { widgetAccessRoutes } from './public/widget/access.ts'
import { widgetActionRoutes } from './public/widget/actions.ts'
import { widgetLiveRoutes } from './public/widget/live.ts'
import { widgetRoutes } from './public/widget/dashboard.ts'
import { createRateLimiter, limitAddresses } from './rate-limit.ts'
import { restApi } from './rest.ts'

const ROOT = join(import.meta.dirname, '..')

export interface AppOptions extends Context {
  /** Absent: silent. */
  logger?: FastifyBaseLogger
  /** false: no scripts are served (tests that need none). */
  scripts?: ScriptFolders | false
  /** How often open dashboards are looked at, milliseconds. */
  liveLookMs?: number
  /** How long a request may take to arrive. */
  limits?: ConnectionLimits
}

export async function buildApp({
  logger,
  scripts = { dist: join(ROOT, 'dist'), locales: join(ROOT, 'locales') },
  liveLookMs,
  limits,
  ...context
}: AppOptions): Promise<FastifyInstance> {
  const { config, db, clock } = context
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    // Fastify's own request log holds addresses and emails; ours below holds neither.
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all: a child for each request would cost every click more than its log line.
    childLoggerFactory: (parent) => parent,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    ...connectionLimits(limits),
    forceCloseConnections: 'idle',
    // What arrives over an open connection while the server closes is answered like any other request.
    return503OnClosing: false,
    // Scripts are compressed and written at the start: a busy machine or database takes longer than fastify's ten seconds.
    pluginTimeout: 60_000,
    // An email address is up to 254 characters, each of them up to three when it is encoded.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    frameworkErrors: (error, request, reply) =>
      void answerError(error, request, reply.headers(answerHeaders(config.publicUrl))),
  }) as unknown as FastifyInstance
  readJsonBodies(app)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  const languages = languagesIn(scripts ? scripts.locales : join(ROOT, 'locales'))
  app.decorate('mistakePage', mistakePage(languages))
  setErrorHandlers(app)
  setAnswerHeaders(app, config.publicUrl)

  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown route'
    // Of clicks that are refused under load the batch says how many.
    const failed = reply.statusCode >= 500 && !(reply.statusCode === 503 && QUIET.test(route))
    const level = failed ? 'error' : QUIET.test(route) ? 'debug' : 'info'
    request.log[level](
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
    done()
  })

  await app.register(healthRoutes(context))

  const clicks = createClickBatch(db, app.log)
  // Once nobody asks any more: what was answered is recorded before the database closes.
  app.addHook('onClose', () => clicks.close())
  const hashVisitor = createVisitorHasher(context)

  // What browsers of any site call. No cookie of ours opens anything here, so credentials may come along.
  await app.register(async (browsers) => {
    browsers.addContentTypeParser(
      'text/plain',
      { parseAs: 'string' }, // zod keeps only the fields it knows, so `__proto__` cannot come through.
      browsers.getDefaultJsonParser('ignore', 'ignore'),
    )
    allowAnyOrigin(browsers)
    limitAddresses(browsers, config.rateLimits.publicPerMinute, clock)
    // The tracker asks beside its own address: `/js/app.js` reports to `/js/api/track/...`.
    for (const prefix of new Set(['', ...config.trackerPaths.map((path) => path.slice(0, path.lastIndexOf('/')))])) {
      await browsers.register(trackRoutes(context, clicks, hashVisitor), { prefix })
    }
    await browsers.register(widgetRoutes(context))
    await browsers.register(widgetAccessRoutes(context, createAskers(context, hashVisitor)))
    await browsers.register(widgetActionRoutes(context))
    await browsers.register(widgetLiveRoutes(context, liveLookMs))
  })
  await app.register(redirectRoutes(context, clicks, hashVisitor))
  await app.register(async (images) => {
    limitAddresses(images, config.rateLimits.publicPerMinute, clock)
    await images.register(materialImageRoutes(context))
  })
  await app.register(async (providers) => {
    limitAddresses(providers, config.rateLimits.publicPerMinute, clock)
    await providers.register(webhookRoutes(context))
  })
  if (scripts) await app.register(scriptRoutes(context, scripts))
  await app.register(async (pages) => {
    limitAddresses(pages, config.rateLimits.publicPerMinute, clock)
    await pages.register(homeRoutes(context, languages, pack.version))
    await pages.register(portalRoutes(context, languages))
    await pages.register(previewRoutes(context, languages))
  })

  await app.register(async (assistants) => {
    limitAddresses(assistants, config.rateLimits.publicPerMinute, clock)
    await assistants.register(mcpRoutes(context))
  })

  const described = collectRoutes(app, '/api/v1')
  await app.register(referenceRoutes(context, described, pack.version))
  const limiter = createRateLimiter(context, hashVisitor)
  await app.register(
    restApi(context, limiter, async (api) => {
      // Here too, so that an unknown address is counted and asks for a key.
      api.setNotFoundHandler(answerNotFound)
      await api.register(affiliateRoutes(context))
      await api.register(affiliateStatsRoutes(context))
      await api.register(affiliateAccessRoutes(context))
      await api.register(affiliateTermsRoutes(context))
      await api.register(ledgerRoutes(context))
      await api.register(referralRoutes(context))
      await api.register(clickRoutes(context))
      await api.register(conversionRoutes(context))
      await api.register(couponRoutes(context))
      await api.register(campaignRoutes(context))
      await api.register(payoutRoutes(context))
      await api.register(payoutRequestRoutes(context))
      await api.register(payoutMethodRoutes(context))
      await api.register(materialRoutes(context))
      await api.register(attributionRoutes(context))
      await api.register(stripeCustomerRoutes(context))
      await api.register(eventRoutes(context))
      await api.register(providerEventRoutes(context))
      await api.register(providerRoutes(context))
      await api.register(webhookEndpointRoutes(context))
      await api.register(webhookDeliveryRoutes(context))
    }),
    { prefix: '/api/v1' },
  )
  await app.register(
    restApi(context, limiter, async (api) => {
      await api.register(attributionRoutes(context), { prefix: '/api' })
    }),
  )
  return app
}

/** Routes of every page view: logged only when asked for. */
const QUIET = /\/api\/track\/|^\/(r\/|latest\.js|page\.js|healthz|readyz)/
