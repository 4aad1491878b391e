/** `npm run demo`: the API, a seeded programme and the demo shop on this machine, with every address printed. */
import '../server/v8-flags.ts'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { startShop } from '../demo-site/shop.ts'
import { buildApp } from '../server/app.ts'
import { startWorker } from '../server/jobs/worker.ts'
import { endOnSignal } from '../server/shut-down.ts'
import { keepPublicUrl, openContext } from '../server/start.ts'
import { buildIfChanged } from './build.ts'
import { connectProviders, seedProgramme, type Seeded } from './demo-seed.ts'

const ROOT = join(import.meta.dirname, '..')
/** Another one for a second demo beside the first. */
const FOLDER = resolve(process.env['DEMO_FOLDER'] || join(ROOT, 'data', 'demo'))
/** What the shop's owner would keep in the shop's own configuration. */
const SHOP_SECRETS = join(FOLDER, 'shop.json')

try {
  await demo()
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

async function demo() {
  const port = portFrom('PORT', 3000)
  const shopPort = portFrom('SHOP_PORT', 3001)
  buildIfChanged()

  mkdirSync(FOLDER, { recursive: true })
  const publicUrl = `http://localhost:${port}`
  const shopUrl = `http://localhost:${shopPort}`
  const { migrated: _, ...context } = await openContext({
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    DATABASE_URL: `sqlite:${join(FOLDER, 'refgrow.db')}`,
  })
  const app = await buildApp({ ...context, logger: pino({ level: process.env['LOG_LEVEL'] || 'warn' }) })
  await app.listen({ port, host: '127.0.0.1' }).catch(portProblem('PORT', port))
  const worker = startWorker(context, app.log)
  await keepPublicUrl(context)

  const seeded = await remembered(
    () => seedProgramme(context, shopUrl),
    (projectId) => connectProviders(context, projectId),
  )
  const shop = await startShop({
    port: shopPort,
    refgrowUrl: publicUrl,
    projectId: seeded.projectId,
    hmacSecret: seeded.hmacSecret,
    webhookSecrets: seeded.webhookSecrets,
  }).catch(portProblem('SHOP_PORT', shopPort))

  process.stdout.write(`
  Demo shop        ${shopUrl}
  Referral link    ${shopUrl}/?ref=${seeded.code}   (a visitor who opens it is ${seeded.email}'s)
  Affiliate page   ${shopUrl}/affiliates   (sign in as ${seeded.email} to see 90 days of history)
  Portal           ${publicUrl}/portal/${seeded.projectId}   (the dashboard as a page of its own; codes to join and log in land in ${join(FOLDER, 'outbox')})
  Preview          ${publicUrl}/preview/${seeded.projectId}   (for the owner: any language, colours, width)
  Demo admin       ${shopUrl}/admin   (refund what was bought, and watch the affiliate page)
  API              ${publicUrl}/api/v1
  API reference    ${publicUrl}/docs/api
  API key          ${seeded.apiKey}

  Try   curl -H "Authorization: Bearer ${seeded.apiKey}" ${publicUrl}/api/v1/affiliates
  Data  ${FOLDER} (delete the folder to start over). Ctrl+C ends the demo.
`)

  endOnSignal({
    servers: [app.server],
    stop: () => Promise.all([shop.close(), app.close(), worker.stop()]),
    closeDatabase: () => context.db.destroy(),
    log: app.log,
  })
}

/** The programme of an earlier demo, or a new one; one from before there were four providers is connected to them. */
async function remembered(
  seed: () => Promise<Seeded>,
  connect: (projectId: number) => Promise<Seeded['webhookSecrets']>,
): Promise<Seeded> {
  const known = existsSync(SHOP_SECRETS) ? (JSON.parse(readFileSync(SHOP_SECRETS, 'utf8')) as Seeded) : undefined
  if (known?.webhookSecrets) return known

  const seeded = known ? { ...known, webhookSecrets: await connect(known.projectId) } : await seed()
  writeFileSync(SHOP_SECRETS, JSON.stringify(seeded), { mode: 0o600 })
  return seeded
}

function portFrom(name: string, otherwise: number): number {
  const text = process.env[name] || String(otherwise)
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new Error(`${name} is wrong: expected a port number, got "${text}"`)
  return Number(text)
}

function portProblem(name: string, port: number) {
  return (error: NodeJS.ErrnoException): never => {
    throw error.code === 'EADDRINUSE'
      ? new Error(`Port ${port} is in use by another program; stop it or set ${name} to another number`)
      : error
  }
}
