/** What the server and the command line both need first: configuration, an open database, the sealer. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import { type Config, loadConfig } from './config.ts'
import { type Context, systemClock } from './context.ts'
import { keepForInstallation } from './core/project/installation.ts'
import { clockProblem } from './db/clock.ts'
import { ageOfSchema, migrate, NEWER_SCHEMA } from './db/migrate.ts'
import { engineOf, openDatabase, openToRead } from './db/open.ts'
import { makePrivate } from './db/private-file.ts'
import { retried } from './db/retried.ts'
import type { Db } from './db/schema.ts'
import { createSealer, keyFromFile, type Sealer, sealerFromExisting } from './secrets.ts'

/**
 * Makes the database when there is none, and brings it to the newest schema.
 * @throws Error with one sentence: a wrong variable, or a database that cannot be opened
 */
export async function openContext(env: Record<string, string | undefined>): Promise<Context & { migrated: string[] }> {
  const config = loadConfig(env)
  return opened(config, openToWrite(config), async (db) => {
    await checkClock(config, db)
    makeOutboxPrivate(config.outboxFolder)
    const migrated = await migrate(db, engineOf(config.databaseUrl))
    return {
      config,
      db,
      clock: systemClock,
      sealer: sealerOf(config, (file) => createSealer(keyFromFile(file))),
      migrated,
    }
  })
}

/**
 * A database as the server left it: none is made, none is upgraded, and a command that only reads cannot write.
 * @throws Error with one sentence, also when there is no database yet or its schema is of another version
 */
export async function openExisting(env: Record<string, string | undefined>, to: 'read' | 'write'): Promise<Context> {
  const config = loadConfig(env)
  checkFile(config)
  const db = to === 'read' ? openToRead(config.databaseUrl) : openToWrite(config)
  return opened(config, db, async () => {
    if (to === 'write') await checkClock(config, db)
    await checkSchema(db, config)
    return { config, db, clock: systemClock, sealer: sealerOf(config, sealerFromExisting) }
  })
}

/** So that the command line prints the addresses that this server answers at. */
export const keepPublicUrl = ({ config, db, clock }: Pick<Context, 'config' | 'db' | 'clock'>): Promise<void> =>
  retried(db, (tx) => keepForInstallation(tx, 'public_url', config.publicUrl, clock.now()))

/** As people may read it: a file by its whole path, a server without its password. */
export function databaseName({ databaseUrl }: Pick<Config, 'databaseUrl'>): string {
  const file = fileOf(databaseUrl)
  return file ? `sqlite:${resolve(file)}` : databaseUrl.replace(/\/\/.*@/, '//...@')
}

/** The file of a SQLite database; undefined where there is none. */
const fileOf = (url: string): string | undefined =>
  engineOf(url) === 'sqlite' && url !== 'sqlite::memory:' ? url.slice('sqlite:'.length) : undefined

/** @throws Error with one sentence when the file is not there, or is none */
export function checkFile(config: Config): void {
  const file = fileOf(config.databaseUrl)
  if (file === undefined) return
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) throw new Error(noDatabase(config))
  if (found.isDirectory()) throw openingProblem(config, new Error('it is a folder'))
}

/** @throws Error with one sentence when the schema is not there, or of another version */
export async function checkSchema(db: Db, config: Config): Promise<void> {
  const age = await ageOfSchema(db)
  if (age === 'none') throw new Unusable(noDatabase(config))
  if (age === 'newer') throw new Unusable(`The database ${databaseName(config)} ${NEWER_SCHEMA}`)
  if (age === 'older')
    throw new Unusable(
      `The database ${databaseName(config)} is of an older version of Refgrow: bring it up to date with "npm start" or "npm run -s refgrow -- migrate"`,
    )
}

const noDatabase = (config: Config) =>
  `No database at ${databaseName(config)} yet: "npm start" or "npm run -s refgrow -- project create" makes it. Another one is named by DATABASE_URL`

async function opened<T>(config: Config, db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  try {
    await sql`select 1`.execute(db)
    return await work(db)
  } catch (error) {
    await db.destroy().catch(() => {})
    throw openingProblem(config, error)
  }
}

const openToWrite = ({ databaseUrl, databasePool }: Config): Db => openDatabase(databaseUrl, { poolSize: databasePool })

async function checkClock({ databaseUrl }: Config, db: Db): Promise<void> {
  const problem = await clockProblem(db, engineOf(databaseUrl), systemClock)
  if (problem !== undefined) throw new Unusable(problem)
}

/** The sentence says it all. */
class Unusable extends Error {}

const sealerOf = ({ secretKey, secretKeyFile }: Config, fromFile: (file: string) => Sealer): Sealer =>
  secretKey ? createSealer(Buffer.from(secretKey, 'hex')) : fromFile(secretKeyFile)

/** What an earlier version wrote, or was copied there. */
function makeOutboxPrivate(folder: string): void {
  if (!existsSync(folder)) return
  makePrivate(folder)
  for (const name of readdirSync(folder)) if (name.endsWith('.eml')) makePrivate(join(folder, name))
}

/** The sentence for a database that cannot be opened. */
export function openingProblem(config: Config, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Unusable || /^(Migration|The database|.*SECRET_KEY|.*must hold)/.test(message))
    return error as Error
  return new Error(`The database at DATABASE_URL=${databaseName(config)} cannot be opened: ${message}`, {
    cause: error,
  })
}
