/** MCP over stdio, as an assistant starts it: a real server process, a real client, nothing but protocol on stdout. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callEveryTool, callTool } from './test/every-tool.ts'

const ROOT = join(import.meta.dirname, '..')

let server: ChildProcess
let env: Record<string, string>

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-mcp-'))
  const base = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}`,
    NODE_NO_WARNINGS: '1',
  }
  const { stdout } = spawnSync(process.execPath, ['server/cli.ts', 'project', 'create', '--name', 'Acme', '--json'], {
    cwd: ROOT,
    env: base,
    encoding: 'utf8',
  })
  server = spawn(process.execPath, ['server/main.ts'], { cwd: ROOT, env: { ...base, PORT: '0', HOST: '127.0.0.1' } })
  env = { ...base, REFGROW_API_KEY: JSON.parse(stdout).api_key, REFGROW_API_URL: await addressOf(server) }
})
afterAll(() => void server?.kill('SIGKILL'))

/** Where it listens, as its log says. */
async function addressOf(child: ChildProcess): Promise<string> {
  let output = ''
  for (;;) {
    const address = /Server listening at (http:\/\/[\d.]+:\d+)/.exec(output)?.[1]
    if (address) return address
    if (child.exitCode !== null) throw new Error(`the server ended: ${output}`)
    const [chunk] = await once(child.stdout ?? child, 'data')
    output += String(chunk)
  }
}

async function connect(extra: Record<string, string> = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: 'npm',
      args: ['run', '-s', 'refgrow', '--', 'mcp'],
      cwd: ROOT,
      env: { ...env, ...extra },
    }),
  )
  return client
}

test('every tool works over stdio', async () => {
  const client = await connect()
  await callEveryTool(client)
  await client.close()
})

test("the API's refusals and a server that is away are told as errors of the tool", async () => {
  const wrongKey = await connect({ REFGROW_API_KEY: 'rgk_wrong' })
  expect(await callTool(wrongKey, 'list_coupons')).toMatchObject({ isError: true, text: 'Invalid or revoked API key' })
  const away = await connect({ REFGROW_API_URL: 'http://127.0.0.1:9/api/v1' })
  expect(await callTool(away, 'list_coupons')).toMatchObject({
    isError: true,
    text: expect.stringContaining('The Refgrow API at http://127.0.0.1:9/api/v1 does not answer'),
  })
  await Promise.all([wrongKey.close(), away.close()])
})

test('stdout carries the protocol alone, and the program ends with its stdin', async () => {
  const child = spawn(process.execPath, ['server/cli.ts', 'mcp'], { cwd: ROOT, env })
  let stdout = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  const clientInfo = { name: 'test', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\nnot json\n`)
  while (!stdout.includes('\n')) await once(child.stdout, 'data')
  child.stdin.end()
  expect((await once(child, 'exit'))[0]).toBe(0)
  for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
})

test('without a key it does not start, and says what to do', () => {
  const { REFGROW_API_KEY: _, ...keyless } = env
  const { status, stdout, stderr } = spawnSync(process.execPath, ['server/cli.ts', 'mcp'], {
    cwd: ROOT,
    env: keyless,
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    'refgrow: REFGROW_API_KEY is missing: expected a key such as rgk_..., which "apikey create" prints\n',
  )
})
