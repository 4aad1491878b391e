/** A consistent copy of the database while it is in use, in a file that only its owner can read. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { engineOf } from './open.ts'
import { createPrivateFile } from './private-file.ts'

/**
 * @param onProgress pages (SQLite) copied, of how many
 * @throws Error when its folder is missing, the file exists, or pg_dump is missing or fails
 */
export async function backupDatabase(
  url: string,
  file: string,
  onProgress: (done: number, of: number) => void,
): Promise<void> {
  const folder = dirname(resolve(file))
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`There is no folder ${folder}: make it first, or name another file`)
  if (existsSync(file)) throw new Error(`${file} exists already; name a new file`)
  createPrivateFile(file)
  try {
    if (engineOf(url) === 'postgres') dumpPostgres(url, file)
    else await copySqlite(url, file, onProgress)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
}

async function copySqlite(url: string, file: string, onProgress: (done: number, of: number) => void): Promise<void> {
  const db = new DatabaseSync(url.slice('sqlite:'.length), { readOnly: true })
  try {
    await backup(db, file, {
      progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
    })
  } finally {
    db.close()
  }
}

function dumpPostgres(url: string, file: string): void {
  const { error, status, stderr } = spawnSync('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${url}`], {
    encoding: 'utf8',
  })
  if (error)
    throw new Error(
      "pg_dump was not found; install PostgreSQL's client programs, or back the database up with your provider's tools",
    )
  if (status !== 0) throw new Error(`pg_dump failed: ${stderr.trim()}`)
}
