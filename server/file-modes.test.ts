/** Database, log of writes, key, mails and backups: readable by their owner alone, however wide the umask is. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject } from './core/terms/new-project.ts'
import { backupDatabase } from './db/backup.ts'
import { sendMail } from './jobs/send-mail.ts'
import { openContext } from './start.ts'

let umask: number
beforeAll(() => void (umask = process.umask(0o000)))
afterAll(() => void process.umask(umask))

const log = { info() {}, warn() {}, error() {} } as never

test('all there is, from the moment it is made, and what an earlier version left open is closed at the start', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'data')
  const env = { DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}` }
  await trade(env)
  const copy = join(folder, 'copy.db')
  await backupDatabase(env.DATABASE_URL, copy, () => {})

  const context = await openContext(env)
  await context.db.updateTable('project').set({ name: 'Writes' }).execute()
  const files = everythingIn(folder)
  expect(files.map(({ name }) => name)).toEqual([
    'copy.db',
    'outbox',
    'outbox/1-login_code.eml',
    'refgrow.db',
    'refgrow.db-shm',
    'refgrow.db-wal',
    'secret.key',
  ])
  expect(openOnes(files)).toEqual([])
  expect(mode(folder)).toBe(0o700)

  for (const { path } of files) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644)
  // Closed while another process has it open.
  const again = await openContext(env)
  expect(openOnes(everythingIn(folder).filter(({ name }) => name !== 'copy.db'))).toEqual([])
  await again.db.destroy()
  await context.db.destroy()
})

test('a folder that others use as well stays as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  chmodSync(folder, 0o755)
  const { db } = await openContext({ DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}` })
  await db.destroy()
  expect(mode(folder)).toBe(0o755)
})

test('a dump of PostgreSQL is closed before pg_dump writes into it, and one that fails leaves no file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const stand = (script: string) => writeFileSync(join(bin, 'pg_dump'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const path = process.env['PATH']
  process.env['PATH'] = `${bin}:${path}`
  try {
    // It says which mode it met.
    stand('for a; do case $a in --file=*) f=${a#--file=};; esac; done; stat -c %a "$f" > "$f.met"; echo dump > "$f"')
    const file = join(folder, 'copy.dump')
    await backupDatabase('postgres://host/db', file, () => {})
    expect(spawnSync('cat', [`${file}.met`], { encoding: 'utf8' }).stdout.trim()).toBe('600')
    expect(mode(file)).toBe(0o600)

    stand('exit 1')
    const failed = join(folder, 'failed.dump')
    await expect(backupDatabase('postgres://host/db', failed, () => {})).rejects.toThrow('pg_dump failed')
    expect(existsSync(failed)).toBe(false)
  } finally {
    process.env['PATH'] = path
  }
})

/** A project, and a mail that lands in the outbox. */
async function trade(env: { DATABASE_URL: string }): Promise<void> {
  const context = await openContext(env)
  const { db, clock, sealer } = context
  const now = clock.now()
  const project = { name: 'Acme', website: null, currency: 'USD', hmac_secret_sealed: sealer.seal('secret') }
  const { id } = await db.transaction().execute((tx) => createProject(tx, project, now))
  await db
    .insertInto('mail')
    .values({
      project_id: id,
      recipient: 'ann@example.com',
      template: 'login_code',
      language: 'en',
      fields: JSON.stringify({ code: sealer.seal('123456'), long: false, expires_at: '2999-01-01T00:00:00.000Z' }),
      once_key: null,
      status: 'pending',
      next_attempt_at: now,
      error: null,
      created_at: now,
      sent_at: null,
    })
    .execute()
  await sendMail({ ...context, log }, new AbortController().signal)
  await db.destroy()
}

const mode = (path: string) => statSync(path).mode & 0o777

const everythingIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => ({ name, path: join(folder, name) }))

const openOnes = (files: { name: string; path: string }[]) =>
  files.filter(({ path }) => (mode(path) & 0o077) !== 0).map(({ name, path }) => `${name} ${mode(path).toString(8)}`)
