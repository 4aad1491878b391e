/** The programs as people start them: command line and server, as real processes on a real file. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProgram } from './commands/program.ts'
import { runCommand } from './test/command-line.ts'

const ROOT = join(import.meta.dirname, '..')
const children: ChildProcess[] = []
afterAll(() => children.forEach((child) => child.kill('SIGKILL')))

let folder: string
let env: NodeJS.ProcessEnv
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  env = {
    PATH: process.env['PATH'],
    DATABASE_URL: `sqlite:${join(folder, 'data', 'refgrow.db')}`,
    NODE_NO_WARNINGS: '1',
    ENV_FILE: devNull,
  }
})

function refgrow(args: string, extra: NodeJS.ProcessEnv = {}) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['server/cli.ts', ...args.split(' ').filter(Boolean)],
    { cwd: ROOT, env: { ...env, ...extra }, encoding: 'utf8' },
  )
  return { stdout, stderr, status }
}

/** The same without a process of its own. */
const inProcess = (args: string, extra: NodeJS.ProcessEnv = {}) => runCommand(args, { ...env, ...extra })

function startServer(extra: NodeJS.ProcessEnv): {
  child: ChildProcess
  output: () => string
  exit: Promise<number | null>
  listening: Promise<void>
} {
  const child = spawn(process.execPath, ['server/main.ts'], { cwd: ROOT, env: { ...env, HOST: '127.0.0.1', ...extra } })
  children.push(child)
  let output = ''
  const exit = new Promise<number | null>((resolve) => void child.on('exit', resolve))
  const listening = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Server listening')) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    void exit.then(() => reject(new Error(`the server ended: ${output}`)))
  })
  listening.catch(() => {})
  return { child, output: () => output, exit, listening }
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('command line', () => {
  test('a project is made, listed, connected, set up, verified and backed up', async () => {
    const created = refgrow('project create --name Acme --currency eur --website https://shop.test/ --json')
    const database = `sqlite:${join(folder, 'data', 'refgrow.db')}`
    const url = 'http://localhost:3000 (not set, and no server was started on this database yet)'
    expect(created).toMatchObject({ status: 0, stderr: `Database ${database}, PUBLIC_URL ${url}\n` })
    expect(JSON.parse(created.stdout)).toEqual({
      project_id: 1,
      api_key: expect.stringMatching(/^rgk_[\w-]{43}$/),
      hmac_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(JSON.parse(await inProcess('project list --json'))).toMatchObject([
      { id: 1, name: 'Acme', currency: 'EUR', website: 'https://shop.test' },
    ])
    expect(
      await inProcess('provider connect --project 1 --provider stripe --webhook-secret whsec_0123456789abcdef'),
    ).toContain('http://localhost:3000/webhook/stripe/1')
    await inProcess('settings set --project 1 commission_percent 12.5')
    await inProcess('settings set --project 1 hold_days 30')
    expect(JSON.parse(await inProcess('settings get --project 1'))).toMatchObject({
      commission_percent: 12.5,
      hold_days: 30,
      param: 'ref',
    })
    expect(await inProcess('apikey create --project 1 --name second')).toContain('rgk_')
    expect(await inProcess('apikey revoke 2 --project 1')).toBe('API key 2 is revoked.\n')
    expect((await inProcess('apikey list --project 1')).split('\n')[0]).toContain('revoked_at')
    await inProcess('apikey create --project 1 --name reader --scopes read')
    expect(JSON.parse(await inProcess('apikey list --project 1 --json')).at(-1).scopes).toBe('read')
    await expect(inProcess('apikey create --project 1 --scopes all')).rejects.toThrow(/Expected read, write, or both/)
    expect(await inProcess('verify')).toMatch(/^ok 0 ledger entries/)
    expect(await inProcess('migrate')).toContain('newest schema')
    const copy = join(folder, 'copy.db')
    await inProcess(`backup ${copy}`)
    expect(new DatabaseSync(copy).prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(new DatabaseSync(copy).prepare('select count(*) as projects from project').get()).toEqual({ projects: 1 })
    await expect(inProcess(`backup ${copy}`)).rejects.toThrow('exists already; name a new file')
  })

  test('a mistake is one sentence on stderr and exits with 1', () => {
    const { status, stdout, stderr } = refgrow('settings set --project 1 payout_minimun 50')
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^refgrow: Unknown setting "payout_minimun"; did you mean payout_minimum\? Settings: param, [^\n]*, website\n$/,
    )
    expect(refgrow('projects list')).toMatchObject({
      status: 1,
      stderr: "error: unknown command 'projects'\n(Did you mean project?)\n(--help shows what is expected)\n",
    })
  })

  test('each mistake is named, with what was expected', async () => {
    const cases: [string, RegExp, NodeJS.ProcessEnv?][] = [
      ['project create', /required option '--name <name>'/],
      ['project create --name X --currency XQZ', /currency: expected an ISO 4217 code such as USD, got "XQZ"/],
      ['project create --name  ', /Expected a name of 1 to 200 characters/],
      ['project create --name X --website shop', /Expected an address such as https:\/\/shop.example/],
      [
        'settings set --project 1 primary_color red',
        /Setting primary_color: expected a color such as #4f46e5 or null, got "red"/,
      ],
      [
        'settings set --project 1 cross_domains acme',
        /Setting cross_domains: expected a JSON list such as \["acme.example"\], got "acme"/,
      ],
      ['settings set --project 1 commission_percent 120', /commission_percent: expected 0 to 100/],
      ['settings set --project 1 hold_days 1.5', /hold_days: expected whole days from 0 to 365/],
      ['settings set --project 77 param via', /No project 77/],
      ['settings set --project x param via', /Expected a whole number from 1/],
      ['provider connect --project 1 --provider paypal --webhook-secret x', /Allowed choices are stripe/],
      ['apikey revoke 99 --project 1', /No API key 99 in project 1/],
      ['verify', /DATABASE_URL must start with sqlite: or postgres:\/\//, { DATABASE_URL: 'mysql://x' }],
      ['verify', /cannot be opened: it is a folder/, { DATABASE_URL: `sqlite:${tmpdir()}` }],
    ]
    for (const [args, sentence, extra] of cases) await expect(inProcess(args, extra), args).rejects.toThrow(sentence)
  })

  test('every command explains itself and its options', () => {
    const leaves = (command: Command): Command[] =>
      command.commands.length > 0 ? command.commands.flatMap(leaves) : [command]
    const commands = leaves(createProgram())
    expect(commands.map((command) => command.name())).toEqual(
      expect.arrayContaining([
        'create',
        'list',
        'revoke',
        'connect',
        'set',
        'get',
        'scripts',
        'migrate',
        'backup',
        'verify',
      ]),
    )
    for (const command of commands) {
      expect(command.helpInformation()).toMatch(/^Usage: /)
      expect([command.name(), command.description()]).toEqual([command.name(), expect.stringMatching(/.{10}/)])
      for (const option of [...command.options, ...command.registeredArguments])
        expect(option.description, `${command.name()} ${option.name()}`).not.toBe('')
    }
  })

  test('verify names the first broken entry and exits 1', () => {
    const db = new DatabaseSync(join(folder, 'data', 'refgrow.db'))
    db.exec(`
      insert into affiliate (id, uuid, project_id, campaign_id, email, email_key, status, ledger_seq, ledger_hash, created_at, updated_at)
        values (1, 'u', 1, 1, 'a@example.com', 'a@example.com', 'active', 1, 'forged', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
      insert into ledger_entry (project_id, affiliate_id, seq, kind, debit, credit, amount, currency, release_at, commission_id, note, created_at, prev_hash, hash)
        values (1, 1, 1, 'commission', 'expense', 'payable', 100, 'USD', '2026-01-01T00:00:00.000Z', null, null, '2026-01-01T00:00:00.000Z', '', 'forged');`)
    db.close()
    expect(refgrow('verify')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(
        /^broken: ledger entry 1 \(affiliate 1, number 1\): its content does not match its hash/,
      ),
    })
  })
})

describe('server process', () => {
  test('starts, answers, and on SIGTERM closes with 0', async () => {
    const port = await freePort()
    const server = startServer({ PORT: String(port) })
    await server.listening
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()).toEqual({ status: 'ok' })
    for (const [address, type] of [
      ['latest.js', 'text/javascript'],
      ['tracking.js', 'text/javascript'],
      ['page.js', 'text/javascript'],
      ['js/page.js', 'text/javascript'],
      ['embed.js', 'text/javascript'],
      ['locales/en.json', 'application/json'],
    ]) {
      const first = await fetch(`http://127.0.0.1:${port}/${address}`, { headers: { 'accept-encoding': 'gzip, br' } })
      expect([
        address,
        first.status,
        first.headers.get('content-type')?.split(';')[0],
        first.headers.get('content-encoding'),
        first.headers.get('cache-control'),
      ]).toEqual([address, 200, type, 'br', 'public, max-age=3600, stale-while-revalidate=86400'])
      await first.arrayBuffer()
      const again = await fetch(`http://127.0.0.1:${port}/${address}`, {
        headers: { 'accept-encoding': 'gzip, br', 'if-none-match': first.headers.get('etag') ?? '' },
      })
      expect(again.status).toBe(304)
    }
    const plain = await fetch(`http://127.0.0.1:${port}/latest.js`, {
      headers: { 'accept-encoding': 'br;q=0, identity' },
    })
    expect(plain.headers.get('content-encoding')).toBeNull()

    const second = startServer({ PORT: String(port) })
    expect(await second.exit).toBe(1)
    expect(second.output()).toContain(
      `Port ${port} is in use by another program; stop it or set PORT to another number`,
    )

    server.child.kill('SIGTERM')
    expect(await server.exit).toBe(0)
    expect(server.output()).toContain('closed')
  })

  test('server and command line read the same .env, and say what is wrong with it', async () => {
    const home = mkdtempSync(join(tmpdir(), 'refgrow-home-'))
    const ENV_FILE = join(home, '.env')
    const port = await freePort()
    const database = `sqlite:${join(home, 'refgrow.db')}`
    writeFileSync(ENV_FILE, `DATABASE_URL=${database}\nPORT=${port}\nPUBLIC_URL=https://refgrow.acme.example\n`)
    const unset = { ENV_FILE, DATABASE_URL: undefined }
    expect(refgrow('project create --name Acme', unset).stderr).toContain(`Database ${database}, PUBLIC_URL https://re`)
    const server = startServer(unset)
    await server.listening
    expect(server.output()).toContain(`:${port}`)

    // Without the file the server's own address is known all the same, from the database.
    const invited = refgrow('invite --project 1', { DATABASE_URL: database })
    expect(invited.stdout).toMatch(/^https:\/\/refgrow\.acme\.example\/portal\/1/)
    expect(invited.stderr).toContain('PUBLIC_URL https://refgrow.acme.example (as the server was started)')
    server.child.kill('SIGTERM')
    expect(await server.exit).toBe(0)

    writeFileSync(ENV_FILE, 'PUBLIC_URL=refgrow.example.com\n')
    const sentence =
      'refgrow: PUBLIC_URL is wrong: expected an address such as https://refgrow.example.com, got "refgrow.example.com"\n'
    expect(refgrow('project list', unset)).toMatchObject({ status: 1, stdout: '', stderr: sentence })
    writeFileSync(ENV_FILE, 'PUBLIC_URL = "https://x.example\n')
    const broken = startServer(unset)
    expect(await broken.exit).toBe(1)
    expect(broken.output()).toBe(
      `refgrow: ${ENV_FILE} is wrong in line 1: the quote in the value of PUBLIC_URL does not end there\n`,
    )
  })

  test('exchange rates that cannot be read stop the start with a sentence', async () => {
    const server = startServer({ EXCHANGE_RATES: '/nope.json' })
    expect(await server.exit).toBe(1)
    expect(server.output()).toBe(
      'refgrow: EXCHANGE_RATES is wrong. The exchange rates at /nope.json cannot be read: there is no such file\n',
    )
    await expect(inProcess('rates load /nope.json')).rejects.toThrow(
      'The exchange rates at /nope.json cannot be read: there is no such file',
    )
  })

  test('a wrong variable stops the start with a sentence', async () => {
    const server = startServer({ PORT: 'eighty' })
    expect(await server.exit).toBe(1)
    expect(server.output()).toBe('refgrow: PORT is wrong: expected a port number from 0 to 65535, got "eighty"\n')
  })
})
