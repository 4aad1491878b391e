/** Kysely over node:sqlite: one connection, WAL, every commit durable. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  CompiledQuery as Query,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/** @param file a path, or `:memory:` */
export function sqliteDialect(file: string): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new NodeSqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite can roll back DDL; Kysely's own adapter says it cannot, and a failed migration would leave half its tables. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true
  }
}

class NodeSqliteDriver implements Driver {
  #file: string
  #connection: NodeSqliteConnection | undefined

  constructor(file: string) {
    this.#file = file
  }

  init() {
    if (this.#file !== ':memory:') mkdirSync(dirname(this.#file), { recursive: true })
    const db = new DatabaseSync(this.#file, { timeout: 5000, enableForeignKeyConstraints: true })
    db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma recursive_triggers = on;
      pragma secure_delete = fast; pragma cache_size = -65536; pragma wal_autocheckpoint = 4000; pragma temp_store = memory`)
    this.#connection = new NodeSqliteConnection(db)
    return Promise.resolve()
  }

  acquireConnection() {
    if (!this.#connection) throw new Error('The SQLite driver was used before it was opened')
    return Promise.resolve(this.#connection)
  }

  /** `immediate`: two processes never deadlock on the upgrade from reading to writing. */
  async beginTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(Query.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(Query.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(Query.raw('rollback'))
  }

  releaseConnection() {
    return Promise.resolve()
  }

  destroy() {
    this.#connection?.close()
    return Promise.resolve()
  }
}

/** Statements are prepared once: multi-row inserts of the hot path cost more to parse than to run. */
const STATEMENTS_KEPT = 500

interface Prepared {
  statement: StatementSync
  /** The names of what it answers (a select, or `returning`); none: it only writes. */
  columns: string[]
}

class NodeSqliteConnection implements DatabaseConnection {
  #db: DatabaseSync
  #statements = new Map<string, Prepared>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, columns } = this.#prepare(sql)
    const bound = parameters.map(checkBound)
    if (columns.length > 0) {
      const rows = (statement.all(...bound) as unknown as unknown[][]).map((values) => rowOf(columns, values))
      return Promise.resolve({ rows: rows as R[] })
    }

    const { changes, lastInsertRowid } = statement.run(...bound)
    return Promise.resolve({ rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) })
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // Own statement: a cached one would be reset by the same query run inside the loop.
    for (const row of this.#db.prepare(sql).iterate(...parameters.map(checkBound))) yield { rows: [row as R] }
  }

  close() {
    this.#statements.clear()
    this.#db.close()
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    const columns = statement.columns().map(({ name }) => name)
    // Arrays, for node:sqlite's own rows are dictionaries, which cost fifty times as much to copy as plain objects.
    statement.setReturnArrays(columns.length > 0)
    const prepared = { statement, columns }
    if (this.#statements.size >= STATEMENTS_KEPT)
      this.#statements.delete(this.#statements.keys().next().value as string)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

function rowOf(columns: string[], values: unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) row[columns[index]!] = values[index]
  return row
}

/** node:sqlite binds NULL, silently, when the first value is a Date or Temporal object: refuse everything it does not know. */
function checkBound(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array)
    return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new TypeError(
    `SQLite can bind text, finite numbers, bytes and null, not ${Object.prototype.toString.call(value)}`,
  )
}
