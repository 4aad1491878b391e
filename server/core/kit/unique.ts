/** Uniqueness is the database's to decide; its refusal becomes the error that says what is taken. */
import type { DomainError } from './errors.ts'

/** Awaits one write. @throws the error of `taken` when a unique index refuses it; after that the transaction is over */
export async function unlessTaken<T>(write: Promise<T>, taken: () => DomainError): Promise<T> {
  try {
    return await write
  } catch (error) {
    throw isTaken(error) ? taken() : error
  }
}

/** PostgreSQL's SQLSTATE, SQLite's extended result code. */
const isTaken = (error: unknown) =>
  error instanceof Error &&
  (('code' in error && error.code === '23505') || ('errcode' in error && error.errcode === 2067))
