/** What belongs to the installation, not to a project: the address its server was started with. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const installation = (engine: Engine): Migration => ({
  async up(db) {
    const { instant, clustered } = words(engine)
    await sql
      .raw(
        `create table installation (key text primary key, value text not null, updated_at ${instant} not null) ${clustered}`,
      )
      .execute(db)
  },
})
