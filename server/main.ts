/** The server process: configuration, database, migrations, routes, jobs, listen; SIGTERM drains and closes. */
import './node-version.cjs'
import './v8-flags.ts'
import pino from 'pino'
import { anchorJob, openAnchor } from './anchor.ts'
import { buildApp } from './app.ts'
import { loadEnvFile } from './env-file.ts'
import { SCHEDULE } from './jobs/schedule.ts'
import { startWorker } from './jobs/worker.ts'
import { checkRatesFile } from './outbound/exchange-rates.ts'
import { readiness } from './readiness.ts'
import { endOnSignal } from './shut-down.ts'
import { keepPublicUrl, openContext } from './start.ts'

try {
  loadEnvFile(process.env)
  await serve()
} catch (error) {
  process.stderr.write(`refgrow: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

async function serve() {
  const { migrated, ...context } = await openContext(process.env)
  const { config, db } = context
  await checkRatesFile(config.exchangeRates)
  const logger = pino({ level: config.logLevel })
  if (migrated.length > 0) logger.info({ migrated }, 'database brought to the newest schema')

  const anchor = await openAnchor(db, config.anchorFile)
  const app = await buildApp({ ...context, logger })
  await app.listen({ port: config.port, host: config.host }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(sentenceFor(error, config), { cause: error })
  })
  const worker = startWorker(context, app.log, anchor ? [...SCHEDULE, anchorJob(anchor)] : SCHEDULE)

  endOnSignal({
    servers: [app.server],
    stop: () => {
      readiness.draining = true
      return Promise.all([app.close(), worker.stop()])
    },
    closeDatabase: async () => {
      await anchor?.follow(db).catch((error: unknown) => logger.error({ err: error }, 'the anchor was not written'))
      await db.destroy()
    },
    log: logger,
  })
  // After the port is ours and signals are heard: a second server that fails to start changes nothing.
  await keepPublicUrl(context).catch((error: unknown) => logger.warn({ err: error }, 'PUBLIC_URL could not be kept'))
}

function sentenceFor(error: NodeJS.ErrnoException, { port, host }: { port: number; host: string }): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} is in use by another program; stop it or set PORT to another number`
  if (error.code === 'EACCES')
    return `Port ${port} may not be used without more rights; set PORT to a number above 1023`
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return `HOST=${host} is no address of this machine`
  return `Cannot listen on ${host}:${port}: ${error.message}`
}
