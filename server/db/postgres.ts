/** Kysely over pg, with numbers and instants in the same JavaScript shapes as on SQLite, and connections that may be lost. */
import {
  CompiledQuery,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely'
import pg from 'pg'
import { isConnectionLost } from './failure.ts'

const BIGINT = 20
const NUMERIC = 1700
const TIMESTAMPTZ = 1184

export const POOL_SIZE = 10

/** For a connection: a new one, or one of the pool's while all are in use. */
const CONNECT_WAIT_MS = 5000
/** A firewall that forgot an idle connection says nothing: after so long without a word the other end is asked. */
const KEEP_ALIVE_MS = 10_000
/** After a fail-over nobody keeps an old server's connections for longer than this. */
const LIFETIME_SECONDS = 1800

/**
 * @param url `postgres://user:password@host:port/database`
 * @param to 'read': its transactions only read
 */
export function postgresDialect(url: string, to: 'write' | 'read' = 'write', poolSize = POOL_SIZE): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_WAIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') => parsers[oid] ?? pg.types.getTypeParser(oid, format),
    },
  })
  // Without these two a lost connection would end the process: the pool speaks for idle clients alone. Whoever uses the
  // client learns of it from their own statement, and the pool opens another one.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return new ForgivingDialect({ pool }, to)
}

const ignore = () => {}

class ForgivingDialect extends PostgresDialect {
  #config: PostgresDialectConfig
  #to: 'write' | 'read'

  constructor(config: PostgresDialectConfig, to: 'write' | 'read') {
    super(config)
    this.#config = config
    this.#to = to
  }

  override createDriver() {
    return new ForgivingDriver(this.#config, this.#to)
  }
}

type Connection = Parameters<PostgresDriver['rollbackTransaction']>[0]

class ForgivingDriver extends PostgresDriver {
  #to: 'write' | 'read'

  constructor(config: PostgresDialectConfig, to: 'write' | 'read') {
    super(config)
    this.#to = to
  }

  /** One round trip, and nothing that outlives the transaction: pgbouncer gives the next one another server connection. */
  override async beginTransaction(connection: Connection, settings: TransactionSettings) {
    try {
      await connection.executeQuery(CompiledQuery.raw(beginning(settings, this.#to)))
    } catch (error) {
      // The first of its statements may have taken effect.
      await this.rollbackTransaction(connection)
      throw error
    }
  }

  /** A connection that is gone takes its transaction along; the error that says so is the one to report. */
  override async rollbackTransaction(connection: Connection) {
    await super.rollbackTransaction(connection).catch((error: unknown) => {
      if (!isConnectionLost(error)) throw error
    })
  }
}

/**
 * How long a transaction may keep others waiting, milliseconds. A process that was paused, or lost its network, while it held
 * a row stops everybody who needs that row until `idle` ends its transaction; so `lock`, for those who wait, is longer.
 * Nothing here takes as long as `statement`: whatever does is stuck.
 */
const WRITING = { idle: 3000, lock: 5000, statement: 30_000 }
/** Who reads alone holds nobody up, and may compute between two statements: `verify`, reports, exports. */
const READING = { idle: 300_000, lock: 5000, statement: 300_000 }

function beginning(
  { isolationLevel = 'read committed', accessMode }: TransactionSettings,
  to: 'write' | 'read',
): string {
  const mode = to === 'read' ? 'read only' : accessMode
  const { idle, lock, statement } = mode === 'read only' ? READING : WRITING
  return `begin isolation level ${isolationLevel}${mode ? `, ${mode}` : ''}; \
set local timezone = 'UTC'; set local lock_timeout = ${lock}; set local statement_timeout = ${statement}; \
set local idle_in_transaction_session_timeout = ${idle}`
}

const parsers: Record<number, (text: string) => unknown> = {
  [BIGINT]: safeInteger,
  [NUMERIC]: safeInteger,
  // The offset is the session's: a single statement runs in whatever time zone the server has.
  [TIMESTAMPTZ]: (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString(),
}

/** Counts and sums come as text; all of ours are whole and fit a double exactly, or something is very wrong. */
function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError(`PostgreSQL answered ${text} where a safe integer was expected`)
  return value
}
