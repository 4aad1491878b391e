/** Which database a command uses, and whose address it prints: said, never guessed, and nothing is made by looking. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { migrate, migrations } from '../db/migrate.ts'
import { type Engine, openDatabase } from '../db/open.ts'
import { keepPublicUrl, openContext } from '../start.ts'
import { runCommand, runWithNotes } from '../test/command-line.ts'
import { ENGINES } from '../test/databases.ts'

const SECRET_KEY = '5'.repeat(64)
afterEach(() => void (process.exitCode = 0))

/** Each of them looks at something and leaves everything as it is. */
const READING = [
  'project list',
  'apikey list --project 1',
  'provider list --project 1',
  'provider check --project 1',
  'inbox list --project 1',
  'webhook list --project 1',
  'webhook deliveries 1 --project 1',
  'settings get --project 1',
  'rates list',
  'invite --project 1',
  'scripts --project 1',
  'verify',
  'backup copy.db',
]

/** These change something, and make no database either. */
const CHANGING = [
  'apikey create --project 1',
  'apikey revoke 1 --project 1',
  'provider connect --project 1 --provider polar --webhook-secret polar_whs_0123456789',
  'inbox replay 1 --project 1',
  'webhook add --project 1 --url https://acme.example/hook',
  'settings set --project 1 param via',
]

test('a command that does not make the database says that there is none, and leaves none behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const file = join(folder, 'data', 'refgrow.db')
  for (const args of [...READING, ...CHANGING])
    await expect(runCommand(args, { DATABASE_URL: `sqlite:${file}` }), args).rejects.toThrow(
      `No database at sqlite:${file} yet: "npm start" or "npm run -s refgrow -- project create" makes it`,
    )
  expect(readdirSync(folder)).toEqual([])
})

test('a mistake in what "project create" is given makes no database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const env = { DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}` }
  const refused: [string[], RegExp][] = [
    [['--name', ''], /Expected a name of 1 to 200 characters/],
    [['--name', ' \t'], /Expected a name of 1 to 200 characters/],
    [['--name', 'Acme', '--currency', 'XQZ'], /expected an ISO 4217 code such as USD, got "XQZ"/],
    [['--name', 'Acme', '--website', 'shop'], /Expected an address such as https:\/\/shop.example/],
    [['--name', 'Acme', '--website', ''], /Expected an address such as https:\/\/shop.example/],
  ]
  for (const [args, sentence] of refused)
    await expect(runCommand(['project', 'create', ...args], env)).rejects.toThrow(sentence)
  expect(readdirSync(folder)).toEqual([])
})

describe.each(ENGINES)('%s', (engine) => {
  test('a schema of another version is said, and left as it is', async () => {
    const url = await emptyDatabase(engine)
    const env = { DATABASE_URL: url, SECRET_KEY }
    const db = openDatabase(url)
    if (engine === 'sqlite') await sql`select 1`.execute(db)
    await expect(runCommand('project list', env)).rejects.toThrow(/^No database at .* yet: "npm start"/)

    const older = Object.fromEntries(Object.entries(migrations).slice(0, -1))
    await migrate(db, engine, older)
    for (const args of [...READING, ...CHANGING])
      await expect(runCommand(args, env), args).rejects.toThrow(
        /^The database .* is of an older version of Refgrow: bring it up to date with "npm start" or "npm run -s refgrow -- migrate"$/,
      )
    expect(await runCommand('migrate', env)).toBe(`Ran ${Object.keys(migrations).at(-1)}.\n`)
    expect(await runCommand('project list', env)).toContain('No projects yet')

    await sql`insert into kysely_migration (name, timestamp) values ('999-of-tomorrow', '2030-01-01')`.execute(db)
    for (const args of [...READING, ...CHANGING, 'migrate', 'project create --name Acme'])
      await expect(runCommand(args, env), args).rejects.toThrow(
        /^The database .*is of a newer version of Refgrow than this one: install that version, or restore an older backup$/,
      )
    await db.destroy()
  })

  test('what changes something says where on stderr, and stdout is pure JSON', async () => {
    const url = await emptyDatabase(engine)
    const env = { DATABASE_URL: url, SECRET_KEY }
    const named = engine === 'sqlite' ? url : url.replace(/\/\/.*@/, '//...@')
    const note = (address: string) => `Database ${named}, PUBLIC_URL ${address}\n`
    const unknown = 'http://localhost:3000 (not set, and no server was started on this database yet)'

    const created = await runWithNotes('project create --name Acme --json', env)
    expect([JSON.parse(created.stdout).project_id, created.stderr]).toEqual([1, note(unknown)])
    const listed = await runWithNotes('project list --json', env)
    expect([JSON.parse(listed.stdout).length, listed.stderr]).toEqual([1, ''])

    // The server keeps the address that it was started with; commands without one of their own print that.
    const serverAt = async (PUBLIC_URL: string) => {
      const context = await openContext({ ...env, PUBLIC_URL })
      await keepPublicUrl(context)
      await context.db.destroy()
    }
    await serverAt('https://old.acme.example')
    await serverAt('https://refgrow.acme.example')
    const server = 'https://refgrow.acme.example (as the server was started)'
    const invited = await runWithNotes('invite --project 1 --json', env)
    expect(JSON.parse(invited.stdout).url).toMatch(/^https:\/\/refgrow\.acme\.example\/portal\/1\?refgrow_invite=/)
    expect(invited.stderr).toBe(`Addresses are those of PUBLIC_URL ${server}\n`)
    const scripts = await runWithNotes('scripts --json', env)
    expect(JSON.parse(scripts.stdout)[0].evergreen).toBe('https://refgrow.acme.example/latest.js')
    const providers = await runWithNotes('provider list --project 1 --json', env)
    expect(JSON.parse(providers.stdout)[0].address).toBe('https://refgrow.acme.example/webhook/stripe/1')
    expect([scripts.stderr, providers.stderr]).toEqual([invited.stderr, invited.stderr])
    expect((await runWithNotes('settings set --project 1 param via', env)).stderr).toBe(note(server))

    const own = { ...env, PUBLIC_URL: 'https://new.acme.example/' }
    expect(await runWithNotes('invite --project 1', own)).toMatchObject({
      stdout: expect.stringContaining('https://new.acme.example/portal/1'),
      stderr:
        'Addresses are those of PUBLIC_URL https://new.acme.example (the server was started with https://refgrow.acme.example)\n',
    })
  })

  test('a project that does not exist is an error in every command, not an empty list', async () => {
    const env = { DATABASE_URL: await emptyDatabase(engine), SECRET_KEY }
    await runCommand('project create --name Acme', env)
    const ofProject = [...READING, ...CHANGING].filter((args) => args.includes('--project'))
    for (const args of ofProject)
      await expect(runCommand(args.replace('--project 1', '--project 99'), env), args).rejects.toThrow('No project 99')
    expect(ofProject.length).toBeGreaterThan(12)
  })
})

test('a missing key file is said where it is needed, and not replaced by another key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const env = { DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}` }
  await runCommand('project create --name Acme', env)
  rmSync(join(folder, 'secret.key'))
  expect(await runCommand('project list', env)).toContain('Acme')
  for (const args of ['invite --project 1', CHANGING[2] ?? ''])
    await expect(runCommand(args, env)).rejects.toThrow(
      `${join(folder, 'secret.key')} is missing: it seals the stored secrets. Put it back from the backup, or set SECRET_KEY to the server's`,
    )
  expect(readdirSync(folder)).not.toContain('secret.key')
})

test('a backup goes into a folder that is there, and over nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const env = { DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}` }
  await runCommand('project create --name Acme', env)
  await expect(runCommand(`backup ${join(folder, 'backups', 'today.db')}`, env)).rejects.toThrow(
    `There is no folder ${join(folder, 'backups')}: make it first, or name another file`,
  )
  const there = join(folder, 'there.db')
  writeFileSync(there, 'mine')
  await expect(runCommand(`backup ${there}`, env)).rejects.toThrow(`${there} exists already; name a new file`)
  await expect(runCommand(`backup ${join(there, 'x.db')}`, env)).rejects.toThrow(`There is no folder ${there}`)
  expect(await runCommand(`backup ${join(folder, 'today.db')}`, env)).toContain('Backup written')
})

async function emptyDatabase(engine: Engine): Promise<string> {
  if (engine === 'sqlite') return `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
  const server = inject('postgresServer')
  const name = `empty_${Math.random().toString(36).slice(2)}`
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return `${server}/${name}`
}
