/** Kysely over node:sqlite: one connection, WAL, every commit durable. */
import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import {
  type Dialect,
  type Driver,
  type LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely'
import { NodeSqliteConnection } from './sqlite-connection.ts'
import { createPrivateFile, makeFolderFor, makePrivate } from './private-file.ts'
import { Groups, type Turn } from './sqlite-groups.ts'

/** @param file a path, or `:memory:` */
export function sqliteDialect(file: string, to: 'write' | 'read' = 'write'): Dialect {
  return {
    createAdapter: () => new NodeSqliteAdapter(),
    createDriver: () => new NodeSqliteDriver(file, to === 'read'),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new NodeSqliteQueryCompiler(),
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** SQLite can roll back DDL; Kysely's own adapter says it cannot, and a failed migration would leave half its tables. */
  override get supportsTransactionalDdl() {
    return true
  }

  /** One at a time all the same: the driver gives out the turns, for it passes them on before a commit is done. */
  override get supportsMultipleConnections() {
    return true
  }
}

/** SQLite plans a statement anew each time it is bound when its limit is a parameter, which costs ten times what it does. */
class NodeSqliteQueryCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode) {
    if (!ValueNode.is(node.limit) || !Number.isSafeInteger(node.limit.value)) return super.visitLimit(node)
    this.append(`limit ${node.limit.value as number}`)
  }
}

class NodeSqliteDriver implements Driver {
  #file: string
  #readOnly: boolean
  #connection: NodeSqliteConnection | undefined
  #groups: Groups | undefined

  constructor(file: string, readOnly: boolean) {
    this.#file = file
    this.#readOnly = readOnly
  }

  init() {
    if (this.#readOnly) {
      const db = new DatabaseSync(this.#file, { timeout: 5000, readOnly: true })
      this.#connection = new NodeSqliteConnection(db)
      this.#groups = new Groups(this.#connection, 'begin')
      return Promise.resolve()
    }
    if (this.#file !== ':memory:') keepPrivate(this.#file)
    const db = new DatabaseSync(this.#file, { timeout: 5000, enableForeignKeyConstraints: true })
    db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma recursive_triggers = on;
      pragma secure_delete = on; pragma cache_size = -65536; pragma wal_autocheckpoint = 4000; pragma temp_store = memory`)
    // From here on transactions wait for other programs without stopping the process: sqlite-groups.ts.
    db.exec('pragma busy_timeout = 0')
    this.#connection = new NodeSqliteConnection(db)
    this.#groups = new Groups(this.#connection)
    return Promise.resolve()
  }

  acquireConnection(): Promise<Turn> {
    if (!this.#groups) throw new Error('The SQLite driver was used before it was opened')
    return this.#groups.take()
  }

  beginTransaction(turn: Turn) {
    return turn.begin()
  }

  commitTransaction(turn: Turn) {
    return turn.commit()
  }

  async rollbackTransaction(turn: Turn) {
    turn.rollback()
  }

  async releaseConnection(turn: Turn) {
    turn.release()
  }

  async destroy() {
    this.#groups?.close()
    this.#connection?.close()
  }
}

/** SQLite gives its log of writes and its index the mode of the database, which so has to be right before it is opened. */
function keepPrivate(file: string): void {
  makeFolderFor(file)
  if (!existsSync(file)) createUnlessThere(file)
  else if (statSync(file).isFile()) makePrivate(file, `${file}-wal`, `${file}-shm`)
}

/** Another process may start at the same moment. */
function createUnlessThere(file: string): void {
  try {
    createPrivateFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
