/** Brings a database to the newest schema; each migration is one transaction, so a broken one changes nothing. */
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Engine } from './open.ts'
import type { Db } from './schema.ts'
import { start } from './migrations/001-start.ts'
import { scriptVersions } from './migrations/002-script-versions.ts'
import { programme } from './migrations/003-programme.ts'
import { providerLinks } from './migrations/004-provider-links.ts'
import { providerApi } from './migrations/005-provider-api.ts'
import { anySize } from './migrations/007-any-size.ts'
import { livingAffiliates } from './migrations/006-living-affiliates.ts'
import { affiliateAccess } from './migrations/008-affiliate-access.ts'
import { dashboard } from './migrations/009-dashboard.ts'
import { proof } from './migrations/010-proof.ts'
import { heartbeat } from './migrations/011-heartbeat.ts'
import { codeClaims } from './migrations/012-code-claims.ts'
import { notCounted } from './migrations/013-not-counted.ts'
import { provenAddresses } from './migrations/014-proven-addresses.ts'
import { installation } from './migrations/015-installation.ts'
import { listsAndEmails } from './migrations/016-lists-and-emails.ts'
import { erasure } from './migrations/017-erasure.ts'
import { causes } from './migrations/018-causes.ts'

/** By name, in their order. */
export const migrations: Record<string, (engine: Engine) => Migration> = {
  '001-start': start,
  '002-script-versions': scriptVersions,
  '003-programme': programme,
  '004-provider-links': providerLinks,
  '005-provider-api': providerApi,
  '006-living-affiliates': livingAffiliates,
  '007-any-size': anySize,
  '008-affiliate-access': affiliateAccess,
  '009-dashboard': dashboard,
  '010-proof': proof,
  '011-heartbeat': heartbeat,
  '012-code-claims': codeClaims,
  '013-not-counted': notCounted,
  '014-proven-addresses': provenAddresses,
  '015-installation': installation,
  '016-lists-and-emails': listsAndEmails,
  '017-erasure': erasure,
  '018-causes': causes,
}

/** Which migrations the database has had: none before the first start. */
export async function ageOfSchema(db: Db, only = migrations): Promise<'none' | 'older' | 'newest' | 'newer'> {
  const ran = await migrationsIn(db)
  if (ran.length === 0) return 'none'
  if (ran.some((name) => !Object.hasOwn(only, name))) return 'newer'
  return Object.keys(only).every((name) => ran.includes(name)) ? 'newest' : 'older'
}

async function migrationsIn(db: Db): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
    return rows.map(({ name }) => name)
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (code === UNDEFINED_TABLE || message.startsWith('no such table')) return []
    throw error
  }
}

/** PostgreSQL's name for a table that is not there. */
const UNDEFINED_TABLE = '42P01'

export const NEWER_SCHEMA =
  'is of a newer version of Refgrow than this one: install that version, or restore an older backup'

/**
 * @returns the names of the migrations that ran
 * @throws Error naming the migration that failed; the schema is as before it. Or the database is of a newer version
 */
export async function migrate(db: Db, engine: Engine, only = migrations): Promise<string[]> {
  if ((await ageOfSchema(db, only)) === 'newer') throw new Error(`The database ${NEWER_SCHEMA}`)
  const provider = {
    getMigrations: () =>
      Promise.resolve(
        Object.fromEntries(Object.entries(only).map(([name, make]) => [name, patient(make(engine), engine)])),
      ),
  }
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest()
  const failed = results.find((result) => result.status === 'Error')
  if (error)
    throw new Error(`Migration ${failed?.migrationName ?? ''} failed and was rolled back: ${messageOf(error)}`, {
      cause: error,
    })
  return results.map((result) => result.migrationName)
}

/** The limits of everyday transactions (postgres.ts) are not meant for a table that is rewritten. */
const patient = (migration: Migration, engine: Engine): Migration =>
  engine === 'sqlite'
    ? migration
    : {
        ...migration,
        async up(db) {
          await sql`set local statement_timeout = 0; set local lock_timeout = 0`.execute(db)
          await sql`set local idle_in_transaction_session_timeout = 0`.execute(db)
          await migration.up(db)
        },
      }

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
