/** Served versions of the browser scripts, for pages that pin one by its hash. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const scriptVersions = (engine: Engine): Migration => ({
  async up(db) {
    const { instant, clustered } = words(engine)
    await sql
      .raw(
        `create table script_version (name text not null, hash text not null, body text not null,
          created_at ${instant} not null, primary key (name, hash)) ${clustered}`,
      )
      .execute(db)
  },
})
