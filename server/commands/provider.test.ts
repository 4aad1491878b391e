import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { findConnection } from '../core/project/provider-connection.ts'
import { openDatabase } from '../db/open.ts'
import { PROVIDER_NAMES, PROVIDERS } from '../providers/registry.ts'
import { createSealer } from '../secrets.ts'
import { runCommand } from '../test/command-line.ts'
import { createPostgresDatabase, ENGINES } from '../test/databases.ts'
import { startStripe, type StripeDouble } from '../test/stripe-double.ts'

const KEY = '5'.repeat(64)
const PUBLIC_URL = 'https://refgrow.shop.test'
const ADDRESS = `${PUBLIC_URL}/webhook/stripe/1`
const { events } = PROVIDERS.stripe.setup
const SECRETS = {
  stripe: 'whsec_0123456789abcdef',
  paddle: 'pdl_ntfset_0123456789abcdef',
  lemonsqueezy: 'of-our-own',
  polar: 'polar_whs_0123456789',
}

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
      await connect(`--secret-key ${stripe.key} --webhook-secret whsec_made_by_hand_0123`)
      expect(await stored()).toMatchObject({ secret: 'whsec_made_by_hand_0123', endpoint: 'we_3' })
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
          run(`provider connect --project 1 --provider stripe --secret-key sk_test_0123 --api-url ${wrong}`),
        ).rejects.toThrow(/api-url: expected an address such as https:\/\/api.stripe.com/)
      await expect(run('provider check --project 9')).rejects.toThrow('No project 9')
      expect((await stored()).row).toBeUndefined()
      expect(await run('provider check --project 1')).toContain('No payment provider is connected')
      expect(process.exitCode).toBe(1)
      process.exitCode = 0
    })

    test('without a key the secret is stored and the rest is said: for every provider what to paste and tick', async () => {
      for (const provider of PROVIDER_NAMES) {
        const { title, setup } = PROVIDERS[provider]
        const secret = SECRETS[provider]
        const said = await run(`provider connect --project 1 --provider ${provider} --webhook-secret ${secret}`)
        expect(said).toContain(`Project 1 listens to ${title} at ${PUBLIC_URL}`)
        expect(said).toContain(`paste  ${PUBLIC_URL}/webhook/${provider}/1`)
        expect(said).toContain(`tick   ${setup.events.join(', ')}`)
      }
      expect(await stored()).toMatchObject({ secret: SECRETS.stripe, key: null })
      // A key given later leaves the secret, a secret given later leaves the key.
      await run('provider connect --project 1 --provider paddle --secret-key pdl_live_apikey_1')
      await run(`provider connect --project 1 --provider paddle --webhook-secret ${SECRETS.paddle}2 --replace`)
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

    test('a secret or a key that works is replaced only with --replace', async () => {
      const other = `${SECRETS.stripe}_other`
      const secretGiven = `provider connect --project 1 --provider stripe --webhook-secret`
      await run(`${secretGiven} ${SECRETS.stripe}`)
      await run(`${secretGiven} ${SECRETS.stripe}`)
      await expect(run(`${secretGiven} ${other}`)).rejects.toThrow(
        'Stripe is connected with another signing secret, which works. With --replace the new one takes its place. Events that are signed with the stored one are refused from then on',
      )
      expect(await stored()).toMatchObject({ secret: SECRETS.stripe })
      await run(`${secretGiven} ${other} --replace`)
      expect(await stored()).toMatchObject({ secret: other, key: null })

      // With a key a webhook would be made at Stripe, with a secret of its own.
      await expect(connect(`--secret-key ${stripe.key}`)).rejects.toThrow(
        `Stripe has no webhook for ${ADDRESS}. With --replace one is made, and its signing secret takes the place of the stored one`,
      )
      expect(stripe.objects.webhook_endpoints).toEqual([])
      await connect(`--secret-key ${stripe.key} --replace`)
      expect(await stored()).toMatchObject({ secret: 'whsec_of_we_1', key: stripe.key })
      await expect(connect('--secret-key sk_test_another_one')).rejects.toThrow(
        'Stripe is connected with another API key, which works. With --replace',
      )
      await expect(connect()).rejects.toThrow(
        'Stripe is connected already; give what is to change: --webhook-secret or --secret-key',
      )
      expect(await stored()).toMatchObject({ secret: 'whsec_of_we_1', key: stripe.key })

      // What cannot be opened any more does not work.
      const KEY_LOST = { SECRET_KEY: '6'.repeat(64) }
      await run(`${secretGiven} ${SECRETS.stripe}`, KEY_LOST)
      expect((await stored().catch((error: Error) => error)) instanceof Error).toBe(true)
    })

    test.each([
      [
        'stripe',
        '--webhook-secret whsec_...',
        'expected the signing secret, whsec_... (whsec_ and at least 16 more characters)',
      ],
      ['stripe', '--webhook-secret sk_live_0123456789abcdef', 'this is a key of the API, which --secret-key takes'],
      [
        'stripe',
        '--secret-key whsec_0123456789abcdef',
        'this is the secret of a webhook, which --webhook-secret takes',
      ],
      ['stripe', '--secret-key pk_live_0123456789abcdef', 'this is a publishable key, the secret one is beside it'],
      ['stripe', '--secret-key sk_live_...', "expected a key of Stripe's API (sk_... or rk_..., as Stripe shows it)"],
      ['paddle', '--webhook-secret whsec_0123456789abcdef', 'pdl_ntfset_ and at least 16 more characters'],
      ['paddle', '--webhook-secret pdl_ntfset_...', 'pdl_ntfset_ and at least 16 more characters'],
      ['lemonsqueezy', '--webhook-secret short', '6 to 40 characters without spaces'],
      ['polar', '--webhook-secret x', 'at least 8 characters without spaces'],
      ['polar', '--secret-key polar_whs_0123456789', 'this is the secret of a webhook'],
    ])(
      '%s refuses %s, does not repeat it, stores nothing and does not say that it listens',
      async (name, args, why) => {
        const error = await run(`provider connect --project 1 --provider ${name} ${args}`).catch((e: Error) => e)
        expect(error).toBeInstanceOf(Error)
        const { message } = error as Error
        expect(message).toContain(why)
        expect(message).not.toMatch(/listens|0123456789/)
        expect(JSON.parse(await run('provider list --project 1 --json'))).not.toContainEqual(
          expect.objectContaining({ connected: true }),
        )
      },
    )
  })
