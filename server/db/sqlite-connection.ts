/** One connection of node:sqlite: statements prepared once, rows as plain objects, nothing bound that SQLite would take for NULL. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'

/** Statements are prepared once: multi-row inserts of the hot path cost more to parse than to run. */
const STATEMENTS_KEPT = 500

const CHANGES_TABLES = /^\s*(create|alter|drop)\b/i

interface Prepared {
  statement: StatementSync
  /** Of what it answers (a select, or `returning`); undefined: it only writes. */
  rowOf: RowMaker | undefined
}

type RowMaker = (values: unknown[]) => Record<string, unknown>

export class NodeSqliteConnection {
  #db: DatabaseSync
  #statements = new Map<string, Prepared>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  execute<R>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): QueryResult<R> {
    const { statement, rowOf } = this.#prepare(sql)
    const bound = parameters.map(checkBound)
    if (rowOf) return { rows: (statement.all(...bound) as unknown as unknown[][]).map(rowOf) as R[] }
    const { changes, lastInsertRowid } = statement.run(...bound)
    // A `select *` that was prepared before has other columns now.
    if (CHANGES_TABLES.test(sql)) this.#statements.clear()
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  /** begin, commit, savepoint ... */
  control(sql: string): void {
    this.#prepare(sql).statement.run()
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction
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
    const prepared = { statement, rowOf: columns.length > 0 ? rowMaker(columns) : undefined }
    if (this.#statements.size >= STATEMENTS_KEPT)
      this.#statements.delete(this.#statements.keys().next().value as string)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

/** A literal of the statement's own columns: ten times as fast as filling an object name by name. */
function rowMaker(columns: string[]): RowMaker {
  const fields = columns.map((name, index) => `${JSON.stringify(name)}: values[${index}]`)
  // oxlint-disable-next-line no-implied-eval, no-new-func -- the names are those of our own statements, and quoted
  return new Function('values', `return { ${fields.join()} }`) as RowMaker
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
