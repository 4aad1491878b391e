/** `refgrow webhook ...` on a database of its own. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runCommand } from '../test/command-line.ts'
import { startReceiver } from '../test/receiver.ts'

const env = { DATABASE_URL: `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}` }
const refgrow = (args: string) => runCommand(args, env)
afterEach(() => void (process.exitCode = 0))

test('a webhook is added, tested, looked into, replayed and removed', async () => {
  const receiver = await startReceiver((n) => (n === 1 ? 200 : 500))
  await refgrow('project create --name Acme')
  await refgrow('settings set --project 1 webhook_private_targets true')

  const added = JSON.parse(
    await refgrow(`webhook add --project 1 --url ${receiver.url} --events referral_converted,referral_canceled --json`),
  )
  expect(added).toEqual({ id: 1, secret: expect.stringMatching(/^whsec_/) })
  expect(await refgrow('webhook add --project 1 --url https://acme.example/hook --secret of-our-own')).toContain(
    'of-our-own\nIt is shown this once.\n',
  )
  expect(await refgrow('webhook add --project 1 --url https://acme.example/hook --unsigned')).not.toContain('Secret')
  expect(JSON.parse(await refgrow('webhook list --project 1 --json'))).toMatchObject([
    { id: 1, url: receiver.url, events: ['referral_converted', 'referral_canceled'], signed: true, status: 'active' },
    { id: 2, signed: true },
    { id: 3, signed: false, events: { length: 4 } },
  ])

  expect(await refgrow('webhook test 1 --project 1')).toMatch(/^HTTP 200 after \d+ ms: answer 1\n$/)
  expect(process.exitCode).not.toBe(1)
  expect(JSON.parse(await refgrow('webhook test 1 --project 1 --event referral_updated --json'))).toMatchObject({
    response_status: 500,
  })
  expect(process.exitCode).toBe(1)
  expect(JSON.parse(await refgrow('webhook deliveries 1 --project 1 --status failed --json'))).toMatchObject([
    { id: 2, event: 'referral_updated', status: 'failed', attempts: 1 },
  ])
  expect(await refgrow('webhook replay 2 --project 1')).toBe('Delivery 2 is sent again.\n')
  expect(JSON.parse(await refgrow('webhook deliveries 1 --project 1 --json'))).toMatchObject([
    { id: 2, status: 'pending', attempts: 0 },
    { id: 1, status: 'delivered' },
  ])
  expect(await refgrow('webhook enable 1 --project 1')).toContain('Webhook 1 is active')
  expect(await refgrow('webhook remove 1 --project 1')).toBe('Webhook 1 is removed.\n')
  expect(await refgrow('webhook list --project 1')).not.toContain(receiver.url)
  await receiver.close()
})

test('each mistake is named', async () => {
  await refgrow('project create --name Other')
  for (const [args, sentence] of [
    ['webhook add --project 1', /required option '--url <url>'/],
    ['webhook add --project 2 --url http://acme.example', /url: expected https; http is called only with the setting/],
    ['webhook add --project 2 --url https://10.0.0.1', /url: 10.0.0.1 is a private address; allow it with the setting/],
    ['webhook add --project 1 --url https://a.example --events sale', /Expected some of referral_signed_up,.*"sale"/],
    ['webhook add --project 1 --url https://a.example --secret x', /Expected 8 to 200 printable characters/],
    ['webhook add --project 1 --url https://a.example --secret 12345678 --unsigned', /cannot be used with/],
    ['webhook add --project 9 --url https://a.example', /No project 9/],
    ['webhook test 9 --project 1', /No webhook 9 in project 1/],
    ['webhook remove x --project 1', /Expected a whole number from 1/],
    ['webhook deliveries 9 --project 1', /No webhook 9 in project 1/],
    ['webhook replay 9 --project 1', /No webhook delivery 9 in project 1/],
  ] as const)
    await expect(refgrow(args), args).rejects.toThrow(sentence)
})
