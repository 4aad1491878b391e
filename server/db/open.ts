/** DATABASE_URL -> Kysely. */
import { Kysely, type Logger } from 'kysely'
import { postgresDialect } from './postgres.ts'
import type { Database, Db } from './schema.ts'
import { sqliteDialect } from './sqlite.ts'

export type Engine = 'sqlite' | 'postgres'

export interface Opening {
  /** Connections to PostgreSQL; SQLite has one. */
  poolSize?: number
  log?: Logger
}

/**
 * @param url `sqlite:path/to/file.db`, `sqlite::memory:` or `postgres://...`
 * @throws Error with one sentence when the address is of another kind
 */
export function openDatabase(url: string, { poolSize, log }: Opening = {}): Db {
  const dialect =
    engineOf(url) === 'sqlite' ? sqliteDialect(url.slice('sqlite:'.length)) : postgresDialect(url, 'write', poolSize)
  return new Kysely<Database>({ dialect, ...(log && { log }) })
}

/** For reading alone: a SQLite file is not made, nothing is written, and nobody who writes has to wait. */
export function openToRead(url: string): Db {
  const dialect =
    engineOf(url) === 'sqlite' ? sqliteDialect(url.slice('sqlite:'.length), 'read') : postgresDialect(url, 'read')
  return new Kysely<Database>({ dialect })
}

export function engineOf(url: string): Engine {
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length) return 'sqlite'
  if (url.startsWith('postgres://') || url.startsWith('postgresql://')) return 'postgres'
  throw new Error(`DATABASE_URL must start with sqlite: or postgres://, got "${url.replace(/\/\/.*@/, '//...@')}"`)
}
