/** Runs a test on a fresh database of each engine. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, test } from 'vitest'
import { migrate } from '../db/migrate.ts'
import { type Engine, openDatabase } from '../db/open.ts'
import type { Db } from '../db/schema.ts'
import { TEMPLATE } from './postgres.ts'

export const ENGINES: Engine[] = ['sqlite', 'postgres']

export interface FreshDatabase {
  db: Db
  engine: Engine
  url: string
}

/** One test per engine; `story` gets an empty database at the newest schema. */
export function onBothDatabases(title: string, story: (fresh: FreshDatabase) => Promise<void>, timeout?: number): void {
  for (const engine of ENGINES) {
    test(`${title} [${engine}]`, { timeout }, async () => {
      const fresh = engine === 'sqlite' ? await freshSqlite() : await freshPostgres()
      try {
        await story(fresh)
      } finally {
        await fresh.db.destroy()
      }
    })
  }
}

async function freshSqlite(): Promise<FreshDatabase> {
  const url = 'sqlite::memory:'
  const db = openDatabase(url)
  await migrate(db, 'sqlite')
  return { db, engine: 'sqlite', url }
}

async function freshPostgres(): Promise<FreshDatabase> {
  const url = await createPostgresDatabase(inject('postgresServer'))
  return { db: openDatabase(url), engine: 'postgres', url }
}

/** A copy of the migrated template. */
export async function createPostgresDatabase(server: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  await client.query(`create database ${name} template ${TEMPLATE}`)
  await client.end()
  return `${server}/${name}`
}
