/** Files that only their owner can read, from the moment they exist: they hold addresses, secrets and what people earned. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const OWNER_FILE = 0o600
const OWNER_FOLDER = 0o700

/** Makes the folders above the file that are not there; those that are stay as they are, others may use them too. */
export const makeFolderFor = (file: string): void =>
  void mkdirSync(dirname(file), { recursive: true, mode: OWNER_FOLDER })

/** Makes an empty file. @throws NodeJS.ErrnoException 'EEXIST' */
export const createPrivateFile = (file: string): void => closeSync(openSync(file, 'wx', OWNER_FILE))

/** Closes what exists to everybody else; a file of another user's, or on a disk without modes, stays as it is. */
export function makePrivate(...paths: string[]): void {
  for (const path of paths) {
    try {
      if (existsSync(path)) tighten(path)
    } catch (error) {
      if (!CANNOT.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}

function tighten(path: string): void {
  const found = statSync(path)
  if ((found.mode & 0o077) !== 0) chmodSync(path, found.isDirectory() ? OWNER_FOLDER : OWNER_FILE)
}

/** ENOENT: SQLite removed its log of writes meanwhile. */
const CANNOT = new Set(['EPERM', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOENT'])
