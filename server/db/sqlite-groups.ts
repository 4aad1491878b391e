/**
 * Group commit for SQLite: transactions that come in one turn of the event loop run one after another and share one commit,
 * for waiting until the disk has it (synchronous = FULL) costs more than most of them do. Each is a savepoint, so that one
 * that fails leaves the others as they are; whatever ran in the group, even a single read, is answered once it is on disk.
 */
import { setImmediate as afterThisTurn } from 'node:timers'
import { setTimeout as pause } from 'node:timers/promises'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { NodeSqliteConnection } from './sqlite-connection.ts'

interface Group {
  /** Settles when all its transactions are on disk, or none of them. */
  committed: Promise<void>
  settle: (error?: unknown) => void
  /** It is to be committed as soon as the transaction that runs now has ended. */
  due: boolean
}

/** The one connection, given to one user after another. */
export class Groups {
  readonly connection: NodeSqliteConnection
  readonly #begin: string
  group: Group | undefined
  #waiting: { turn: Turn; go: () => void }[] = []
  #taken: Turn | undefined

  constructor(connection: NodeSqliteConnection, begin: 'begin immediate' | 'begin' = 'begin immediate') {
    this.connection = connection
    this.#begin = begin
  }

  async take(): Promise<Turn> {
    const turn = new Turn(this)
    await this.retake(turn)
    return turn
  }

  holds = (turn: Turn): boolean => this.#taken === turn

  /** Waits for another turn, when it was passed on before its user was done with it. */
  retake(turn: Turn): Promise<void> {
    if (this.holds(turn)) return Promise.resolve()
    if (this.#taken) return new Promise((resolve) => this.#waiting.push({ turn, go: resolve }))
    this.#taken = turn
    return Promise.resolve()
  }

  /** The next in line begins when this one's last microtask is done. */
  pass(turn: Turn): void {
    if (this.#taken !== turn) return
    const next = this.#waiting.shift()
    this.#taken = next?.turn
    next?.go()
  }

  /** @returns whether the transaction is the first of its group, which needs no savepoint */
  open(): boolean | Promise<boolean> {
    if (this.group) {
      this.connection.control('savepoint member')
      return false
    }
    const begin = () => this.connection.control(this.#begin)
    try {
      begin()
    } catch (error) {
      return whenFree(error, begin).then(() => this.#form())
    }
    return this.#form()
  }

  #form(): true {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Nobody may be waiting when it fails.
    promise.catch(() => {})
    const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error))
    const group: Group = { committed: promise, settle, due: false }
    this.group = group
    afterThisTurn(() => {
      group.due = true
      if (this.group === group && !this.#taken?.open) this.commit()
    })
    return true
  }

  commit(): void {
    const { group } = this
    if (!group) return
    this.group = undefined
    try {
      this.connection.control('commit')
      group.settle()
    } catch (error) {
      if (this.connection.inTransaction) this.connection.control('rollback')
      group.settle(error)
    }
  }

  /** The database itself undid the transaction (disk full, for one): nobody in the group was told anything yet. */
  lose(error: unknown): void {
    this.group?.settle(error)
    this.group = undefined
  }

  /** What had ended is committed; a transaction that is still going on is undone, never kept by half. */
  close(): void {
    if (this.#taken?.open) this.#taken.rollback()
    this.commit()
  }
}

/** How long one waits for other programs that write into the file (a backup, the command line). */
const BUSY_MOST_MS = 5000
const BUSY_PAUSE_MS = 10
const SQLITE_BUSY = 5

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY

/** Tries again what another program was in the way of: SQLite itself would wait for it with the whole process. */
async function whenFree<T>(error: unknown, act: () => T): Promise<T> {
  let last = error
  for (const until = performance.now() + BUSY_MOST_MS; isBusy(last) && performance.now() < until;) {
    await pause(BUSY_PAUSE_MS)
    try {
      return act()
    } catch (again) {
      last = again
    }
  }
  throw last
}

/** The connection as one user has it, between taking and passing it on. */
export class Turn implements DatabaseConnection {
  /** Inside a transaction of its own. */
  open = false
  #groups: Groups
  #first = false
  #lost: unknown

  constructor(groups: Groups) {
    this.#groups = groups
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#lost) throw this.#lost
    if (!this.#groups.holds(this)) await this.#groups.retake(this)
    const { connection, group } = this.#groups
    try {
      const result = this.open ? connection.execute<R>(query) : await this.#alone<R>(query)
      if (this.open || !group) return result
      // A single statement beside a group may have read what is not on disk yet, or have become a part of it.
      this.release()
      return await group.committed.then(() => result)
    } catch (error) {
      if (group && !connection.inTransaction && this.#groups.group === group) {
        this.#lost = error
        this.#groups.lose(error)
      }
      throw error
    }
  }

  #alone<R>(query: CompiledQuery): QueryResult<R> | Promise<QueryResult<R>> {
    const execute = () => this.#groups.connection.execute<R>(query)
    try {
      return execute()
    } catch (error) {
      return whenFree(error, execute)
    }
  }

  /** Results are read whole, so that nobody waits for a slow reader. */
  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streaming is not supported on SQLite')
  }

  async begin(): Promise<void> {
    await this.#groups.retake(this)
    const first = this.#groups.open()
    this.#first = typeof first === 'boolean' ? first : await first
    this.open = true
  }

  /** @returns once it is on disk; the next user has his turn before that */
  commit(): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost)
    const { group, connection } = this.#groups
    if (!group) return Promise.reject(new Error('The transaction is not open any more'))
    if (!this.#first) connection.control('release member')
    this.#end(group)
    this.release()
    return group.committed
  }

  rollback(): void {
    const { group, connection } = this.#groups
    if (!this.open || !group || this.#lost) return
    if (!this.#first) {
      connection.control('rollback to member')
      connection.control('release member')
    } else {
      connection.control('rollback')
      this.#groups.group = undefined
    }
    this.#end(group)
  }

  release(): void {
    this.#groups.pass(this)
  }

  #end(group: Group): void {
    this.open = false
    if (group.due && this.#groups.group === group) this.#groups.commit()
  }
}
