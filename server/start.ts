/** What the server and the command line both need first: configuration, an open database at the newest schema, the sealer. */
import { sql } from 'kysely'
import { type Config, loadConfig } from './config.ts'
import { type Context, systemClock } from './context.ts'
import { migrate } from './db/migrate.ts'
import { engineOf, openDatabase } from './db/open.ts'
import { createSealer, keyFromFile } from './secrets.ts'

/**
 * @param wanted.migrate bring the schema up to date (default true)
 * @throws Error with one sentence: a wrong variable, or a database that cannot be opened
 */
export async function openContext(env: Record<string, string | undefined>): Promise<Context & { migrated: string[] }> {
  const config = loadConfig(env)
  const db = openDatabase(config.databaseUrl)
  try {
    await sql`select 1`.execute(db)
    const migrated = await migrate(db, engineOf(config.databaseUrl))
    const sealer = createSealer(
      config.secretKey ? Buffer.from(config.secretKey, 'hex') : keyFromFile(config.secretKeyFile),
    )
    return { config, db, clock: systemClock, sealer, migrated }
  } catch (error) {
    await db.destroy().catch(() => {})
    throw openingProblem(config, error)
  }
}

function openingProblem({ databaseUrl }: Config, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  if (/^(Migration|.*SECRET_KEY|.*must hold)/.test(message)) return error as Error
  return new Error(
    `The database at DATABASE_URL=${databaseUrl.replace(/\/\/.*@/, '//...@')} cannot be opened: ${message}`,
    { cause: error },
  )
}
