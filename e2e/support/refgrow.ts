/** A Refgrow server of its own for one test: a fresh database, one project that takes 20 % and is connected to a payment provider. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderName } from '../../demo-site/stand-in/provider.ts'
import { freePort } from './free-port.ts'
import { type Program, runProgram, startProgram } from './program.ts'

export interface Refgrow {
  url: string
  projectId: number
  hmacSecret: string
  /** What the webhooks of the payment provider are signed with. */
  webhookSecret: string
  /** Ends the server and waits until it has; what it knows is in the database. */
  stop(): Promise<void>
  /** Starts it again on the same port with the same database. */
  start(): Promise<void>
  /** Calls the REST API with the project's key. */
  api<Data>(method: string, path: string, body?: unknown): Promise<Data>
  cli(...args: string[]): Promise<string>
  /** The code in the newest mail to an address: without SMTP_URL mails are files in a folder beside the database. */
  mailedCode(email: string): Promise<string>
  /** Stops the server and removes its database. */
  dispose(): Promise<void>
}

const SECRET_BEGINS: Record<ProviderName, string> = {
  stripe: 'whsec_',
  paddle: 'pdl_ntfset_',
  lemonsqueezy: '',
  polar: '',
}

export async function startRefgrow({
  website,
  provider,
}: {
  website: string
  provider: ProviderName
}): Promise<Refgrow> {
  const folder = await mkdtemp(join(tmpdir(), 'refgrow-e2e-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const environment = {
    // Not the .env of whoever runs the tests.
    ENV_FILE: devNull,
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}`,
    LOG_LEVEL: 'warn',
    // The stories look at the API again and again until something has arrived.
    RATE_LIMIT_KEY_PER_MINUTE: '0',
    RATE_LIMIT_IP_PER_MINUTE: '0',
    RATE_LIMIT_KEY_PER_HOUR: '0',
  }
  const cli = (...args: string[]) => runProgram('server/cli.ts', args, environment)
  let program: Program | undefined

  const start = async () => {
    program = await startProgram('server/main.ts', environment, `${url}/healthz`)
  }
  const stop = async () => {
    if (program && !(await program.stop())) throw new Error(`The server did not end cleanly:\n${program.output()}`)
    program = undefined
  }

  const project = JSON.parse(
    await cli('project', 'create', '--name', 'Halfpage', '--currency', 'USD', '--website', website, '--json'),
  ) as { project_id: number; api_key: string; hmac_secret: string }
  const id = String(project.project_id)
  const webhookSecret = SECRET_BEGINS[provider] + randomBytes(16).toString('hex')
  await cli('provider', 'connect', '--project', id, '--provider', provider, '--webhook-secret', webhookSecret)
  await cli('settings', 'set', '--project', id, 'commission_percent', '20')
  await start()

  return {
    url,
    projectId: project.project_id,
    hmacSecret: project.hmac_secret,
    webhookSecret,
    start,
    stop,
    cli,
    async mailedCode(email) {
      const outbox = join(folder, 'outbox')
      for (let tried = 0; tried < 100; tried++) {
        for (const name of (await readdir(outbox).catch(() => []))
          .filter((file) => file.includes('login_code'))
          .toReversed()) {
          const mail = await readFile(join(outbox, name), 'utf8')
          const code = /^Subject: (\d{6}) /m.exec(mail)?.[1]
          if (mail.includes(`To: ${email}`) && code) return code
        }
        await sleep(100)
      }
      throw new Error(`No code was mailed to ${email}`)
    },
    async api<Data>(method: string, path: string, body?: unknown) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${project.api_key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer = (await response.json()) as { success: boolean; data: Data; error?: string }
      if (!answer.success) throw new Error(`${method} ${path} answered ${response.status}: ${answer.error}`)
      return answer.data
    },
    async dispose() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
