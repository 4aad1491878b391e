/** `refgrow invite` on a database of its own. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runCommand } from '../test/command-line.ts'

const env = { DATABASE_URL: `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}` }
const refgrow = (args: string) => runCommand(args, env)
afterEach(() => void (process.exitCode = 0))

test('an invitation is an address of the dashboard, or what to put behind it', async () => {
  await refgrow('project create --name Acme')
  expect(await refgrow('invite --project 1')).toMatch(
    /^http:\/\/localhost:\d+\/portal\/1\?refgrow_invite=rgi_\w+_[\w-]{43}\nGood until \S+Z for whoever has it\.\n$/,
  )
  await refgrow('settings set --project 1 identity_verification true')
  expect(await refgrow('invite --project 1')).toMatch(
    /^\?refgrow_invite=rgi_\w+_[\w-]{43}\nPut it behind .*dashboard_url first\.\nGood until \S+Z for whoever has it\.\n$/,
  )
  await refgrow('settings set --project 1 dashboard_url https://shop.test/affiliates')
  expect(await refgrow('invite cat@example.com --project 1')).toMatch(
    /^https:\/\/shop\.test\/affiliates\?refgrow_invite=rgi_\S+\nGood until \S+Z for cat@example\.com\.\n$/,
  )
  expect(JSON.parse(await refgrow('invite --project 1 --json'))).toMatchObject({
    url: expect.stringContaining('refgrow_invite=rgi_'),
    email: null,
  })
  await expect(refgrow('invite nobody --project 1')).rejects.toThrow(
    'expected an email address such as ann@example.com.',
  )
  await expect(refgrow('invite --project 9')).rejects.toThrow('No project 9')
})
