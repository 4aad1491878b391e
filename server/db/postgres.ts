/** Kysely over pg, with numbers and instants in the same JavaScript shapes as on SQLite. */
import { PostgresDialect } from 'kysely'
import pg from 'pg'

const BIGINT = 20
const NUMERIC = 1700
const TIMESTAMPTZ = 1184

/** @param url `postgres://user:password@host:port/database` */
export function postgresDialect(url: string, to: 'write' | 'read' = 'write'): PostgresDialect {
  return new PostgresDialect({
    pool: new pg.Pool({
      connectionString: url,
      max: 10,
      connectionTimeoutMillis: 5000,
      options: `-c timezone=UTC${to === 'read' ? ' -c default_transaction_read_only=on' : ''}`,
      types: {
        getTypeParser: (oid: number, format?: 'text' | 'binary') => parsers[oid] ?? pg.types.getTypeParser(oid, format),
      },
    }),
  })
}

const parsers: Record<number, (text: string) => unknown> = {
  [BIGINT]: safeInteger,
  [NUMERIC]: safeInteger,
  [TIMESTAMPTZ]: (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString(),
}

/** Counts and sums come as text; all of ours are whole and fit a double exactly, or something is very wrong. */
function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError(`PostgreSQL answered ${text} where a safe integer was expected`)
  return value
}
