import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { findConnection } from '../core/provider-connection.ts'
import { openDatabase } from '../db/open.ts'
import { NEEDS } from '../providers/events-needed.ts'
import { createSealer } from '../secrets.ts'
import { runCommand } from '../test/command-line.ts'
import { createPostgresDatabase, ENGINES } from '../test/databases.ts'
import { startStripe, type StripeDouble } from '../test/stripe-double.ts'

const KEY = '5'.repeat(64)
const PUBLIC_URL = 'https://refgrow.shop.test'
const ADDRESS = `${PUBLIC_URL}/webhook/stripe/1`
const { events } = NEEDS.stripe

for (const engine of ENGINES)
  describe(`provider connect and check [${engine}]`, () => {
    let stripe: StripeDouble
    let env: Record<string, string>
    const run = (args: string, more = {}) => runCommand(args, { ...env, ...more })
    const connect = (args = '', more = {}) =>
      run(`provider connect --project 1 --provider stripe --api-url ${stripe.url} ${args}`.trim(), more)
    const check = async () => {
      process.exitCode = 0
      const [checked] = JSON.parse(await run('provider check --project 1 --json')) as { problems: string[] }[]
      const { exitCode } = process
      process.exitCode = 0
      return [exitCode, checked?.problems]
    }
    const stored = async () => {
      const db = openDatabase(env['DATABASE_URL'] ?? '')
      const row = await db.transaction().execute((tx) => findConnection(tx, 1, 'stripe'))
      await db.destroy()
      const open = (sealed: string | null | undefined) =>
        sealed ? createSealer(Buffer.from(KEY, 'hex')).open(sealed) : null
      return {
        row,
        secret: open(row?.webhook_secret_sealed),
        key: open(row?.api_key_sealed),
        endpoint: row?.endpoint_id,
      }
    }

    beforeEach(async () => {
      stripe = await startStripe()
      const DATABASE_URL =
        engine === 'sqlite'
          ? `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
          : await createPostgresDatabase(inject('postgresServer'))
      env = { DATABASE_URL, SECRET_KEY: KEY, PUBLIC_URL }
      await run('project create --name Acme --currency usd --json')
    })
    afterEach(() => stripe.close())

    test('with a secret key the webhook is made at Stripe with exactly the events that are needed', async () => {
      stripe.trouble.push(429, 500)
      expect(await connect(`--secret-key ${stripe.key}`)).toContain(`listens to Stripe at ${ADDRESS}`)
      expect(stripe.objects.webhook_endpoints).toMatchObject([
        { url: ADDRESS, enabled_events: events, api_version: expect.stringMatching(/^20\d\d-/) },
      ])
      expect(events).toContain('invoice_payment.paid')
      expect(await stored()).toMatchObject({ secret: 'whsec_of_we_1', key: stripe.key, endpoint: 'we_1' })
      expect(JSON.stringify((await stored()).row)).not.toMatch(/sk_test|whsec/)
      expect(await check()).toEqual([0, []])

      // Again: the endpoint is taken over, and gets back what it lost.
      Object.assign(stripe.objects.webhook_endpoints[0] ?? {}, {
        status: 'disabled',
        enabled_events: ['invoice.paid', 'payout.paid'],
      })
      const missing = events.filter((event) => event !== 'invoice.paid')
      expect(await check()).toEqual([
        1,
        ['The endpoint we_1 is disabled at Stripe; enable it', `The endpoint we_1 does not send ${missing.join(', ')}`],
      ])
      await connect(`--secret-key ${stripe.key}`)
      expect(stripe.objects.webhook_endpoints).toMatchObject([
        { status: 'enabled', enabled_events: ['invoice.paid', 'payout.paid', ...missing] },
      ])
      expect(await stored()).toMatchObject({ secret: 'whsec_of_we_1', endpoint: 'we_1' })
      expect(await check()).toEqual([0, []])
    })

    test('an endpoint somebody made by hand is found behind a page of others, and its secret asked for', async () => {
      for (let n = 0; n < 120; n++)
        stripe.objects.webhook_endpoints.push({
          id: `we_${n}`,
          url: n === 3 ? ADDRESS : `https://${n}.test`,
          enabled_events: ['*'],
          status: 'enabled',
        })
      await expect(connect(`--secret-key ${stripe.key}`)).rejects.toThrow(
        /Stripe has the endpoint we_3 for https:.* give it with --webhook-secret, or delete/,
      )
      expect((await stored()).row).toBeUndefined()
      await connect(`--secret-key ${stripe.key} --webhook-secret whsec_by_hand`)
      expect(await stored()).toMatchObject({ secret: 'whsec_by_hand', endpoint: 'we_3' })
      expect(stripe.objects.webhook_endpoints).toHaveLength(120)
      expect(await check()).toEqual([0, []])
    })

    test('what keeps it from working is one sentence, without the key, and stores nothing', async () => {
      await expect(connect('--secret-key sk_test_wrong')).rejects.toThrow('Stripe does not accept the secret key')
      await expect(connect(`--secret-key ${stripe.key}`, { PUBLIC_URL: 'http://localhost:3000' })).rejects.toThrow(
        'PUBLIC_URL is http://localhost:3000, which Stripe cannot reach',
      )
      await expect(connect()).rejects.toThrow('--webhook-secret is needed: the signing secret, whsec_...')
      for (const wrong of ['ftp://x', 'http://10.0.0.1', 'https://x.test/path', 'nonsense'])
        await expect(
          run(`provider connect --project 1 --provider stripe --secret-key sk_x --api-url ${wrong}`),
        ).rejects.toThrow(/api-url: expected an address such as https:\/\/api.stripe.com/)
      await expect(run('provider check --project 9')).rejects.toThrow('No project 9')
      expect((await stored()).row).toBeUndefined()
      expect(await run('provider check --project 1')).toContain('No payment provider is connected')
      expect(process.exitCode).toBe(1)
      process.exitCode = 0
    })

    test('without a key the secret is stored and the rest is said: for every provider what to paste and tick', async () => {
      for (const [provider, { events: needed }] of Object.entries(NEEDS)) {
        const said = await run(`provider connect --project 1 --provider ${provider} --webhook-secret secret_1`)
        expect(said).toContain(`paste  ${PUBLIC_URL}/webhook/${provider}/1`)
        expect(said).toContain(`tick   ${needed.join(', ')}`)
      }
      expect(await stored()).toMatchObject({ secret: 'secret_1', key: null })
      // A key given later leaves the secret, a secret given later leaves the key.
      await run('provider connect --project 1 --provider paddle --secret-key pdl_live_apikey_1')
      await run('provider connect --project 1 --provider paddle --webhook-secret secret_2')
      const listed = JSON.parse(await run('provider list --project 1 --json')) as object[]
      expect(listed).toMatchObject([
        { provider: 'stripe', connected: true, api_key: false, live: false, last_event_at: null },
        { provider: 'paddle', connected: true, api_key: true },
        { provider: 'lemonsqueezy', connected: true },
        { provider: 'polar', connected: true, address: `${PUBLIC_URL}/webhook/polar/1` },
      ])
      expect(await run('provider list --project 1')).toContain('last_event_at')
      expect(await run('provider check --project 1')).toContain('stripe: ok, last event none yet')
    })
  })
