/** A programme whose database a second connection can open: a file of its own, or a PostgreSQL database. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { inject, test } from 'vitest'
import { migrate } from '../db/migrate.ts'
import { type Engine, openDatabase } from '../db/open.ts'
import type { Db } from '../db/schema.ts'
import { createPostgresDatabase, ENGINES } from './databases.ts'
import { createProgramme, type Programme } from './programme.ts'

export interface ProgrammeOnDisk extends Programme {
  folder: string
  /** What a command or a server needs to find the database and its anchor. */
  env: { DATABASE_URL: string; SECRET_KEY: string; ANCHOR_FILE: string }
}

/** One test per engine. */
export function withProgrammeOnDisk(
  title: string,
  story: (programme: ProgrammeOnDisk) => Promise<void>,
  engines = ENGINES,
): void {
  for (const engine of engines) {
    test(`${title} [${engine}]`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
      const url =
        engine === 'sqlite'
          ? `sqlite:${join(folder, 'refgrow.db')}`
          : await createPostgresDatabase(inject('postgresServer'))
      const db = openDatabase(url)
      await migrate(db, engine)
      const programme = await createProgramme({ db, engine, url })
      const env = { DATABASE_URL: url, SECRET_KEY: '5'.repeat(64), ANCHOR_FILE: join(folder, 'anchor') }
      try {
        await story({ ...programme, folder, env })
      } finally {
        await programme.app.close()
        await db.destroy()
      }
    })
  }
}

/** Lets the ledger be changed, as somebody with the database's password can. */
export async function dropGuard(db: Db, engine: Engine): Promise<void> {
  const triggers =
    engine === 'sqlite'
      ? ['ledger_entry_no_update', 'ledger_entry_no_delete']
      : ['ledger_entry_no_change on ledger_entry']
  for (const trigger of triggers) await sql.raw(`drop trigger ${trigger}`).execute(db)
}
