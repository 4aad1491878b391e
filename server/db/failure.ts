/** Which errors say that the database, not the statement, is the problem, on either engine. */

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
export const LOCK_NOT_AVAILABLE = '55P03'

/** PostgreSQL undid the transaction for the sake of another one, even when it says so only at COMMIT. */
export const wasUndone = (error: unknown): boolean => [SERIALIZATION_FAILURE, DEADLOCK].includes(codeOf(error))

/**
 * The connection broke, or none can be made: SQLSTATE class 08 (connection), 57P (shut down, starting up, terminated by an
 * administrator), 25P03 and 25P04 (a transaction that was idle or open for too long), Node's socket errors, pg's own
 * sentences. Another connection may work at once.
 */
export const isConnectionLost = (error: unknown): boolean =>
  /^(08|57P0|25P0[34]|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(codeOf(error)) ||
  /^(Connection terminated|Client (has|was) |Postgres connection has been discarded)/.test(messageOf(error))

/** pg knew that the connection was gone and sent nothing over it, not even a COMMIT. */
export const wasNotSent = (error: unknown): boolean => /^Client (has|was) .*not queryable$/.test(messageOf(error))

/** Waited for so long already that another try would not help: pg's sentences for a connection that did not come in time. */
export const isWaitOver = (error: unknown): boolean =>
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated due to connection timeout)/.test(
    messageOf(error),
  )

/**
 * Why the database cannot do its work at present, as the end of a sentence that begins with "The database". The same
 * request may succeed later.
 * @returns undefined for an error of another kind
 */
export function unavailability(error: unknown): string | undefined {
  const sqlite = sqliteCodeOf(error)
  if (sqlite !== undefined) return SQLITE[sqlite]
  if (isWaitOver(error)) return 'gave no connection in time'
  const code = codeOf(error)
  for (const [codes, reason] of POSTGRES) if (codes.test(code)) return reason
  if (isConnectionLost(error) || /^(Cannot use a pool after|driver has already been)/.test(messageOf(error)))
    return 'cannot be reached'
  return undefined
}

const POSTGRES: [RegExp, string][] = [
  [/^57P0[13]$/, 'is shutting down or starting up'],
  [/^25006$/, 'is read-only'],
  [/^53100$/, 'has no disk space left'],
  [/^53300$/, 'has no connection left'],
  [/^(53|58)/, 'lacks memory or fails to read or write its files'],
  [/^(55P03|57014|40001|40P01)$/, 'was kept waiting too long by other work'],
  [/^(28|3D)/, 'refuses the name, password or database in DATABASE_URL'],
]

/** By SQLite's primary result codes. */
const SQLITE: Record<number, string> = {
  5: 'is locked by another program',
  6: 'is locked by another program',
  8: 'is read-only',
  10: 'fails to read or write its file',
  13: 'has no disk space left',
  14: 'cannot be opened',
}

/** The extended codes keep the primary one in their lowest byte. */
function sqliteCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')

/** The database refuses what it was given (SQLSTATE classes 22 and 23; SQLite's too big, constraint, mismatch), or its driver does. */
export const isDataRefused = (error: unknown): boolean =>
  /^(22|23)/.test(codeOf(error)) ||
  error instanceof TypeError ||
  (error instanceof Error && 'errcode' in error && [18, 19, 20].includes(Number(error.errcode) & 0xff))
