/** `refgrow secret` on a database of its own. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runCommand } from '../test/command-line.ts'

const env = { DATABASE_URL: `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}` }
const refgrow = (args: string) => runCommand(args, env)
afterEach(() => void (process.exitCode = 0))

const hoursUntil = (instant: string) => Math.round((Date.parse(instant) - Date.now()) / 3_600_000)

test('a new secret is shown once, and until when the old one counts', async () => {
  await refgrow('project create --name Acme')
  expect(await refgrow('secret rotate --project 1')).toMatch(
    /^HMAC secret {2}[0-9a-f]{64}\nIt is shown this once\. .*\nThe old secret counts until \S+Z\.\n$/,
  )
  const rotated = async (overlap: string) => JSON.parse(await refgrow(`secret rotate --project 1 --json${overlap}`))
  const { hmac_secret, ...told } = await rotated('')
  expect(hmac_secret).toMatch(/^[0-9a-f]{64}$/)
  expect(told).toEqual({ project_id: 1, old_secret_until: expect.any(String) })
  expect(hoursUntil(told.old_secret_until)).toBe(24)
  expect(hoursUntil((await rotated(' --overlap 7d')).old_secret_until)).toBe(7 * 24)
  expect(hoursUntil((await rotated(' --overlap 90m')).old_secret_until)).toBeLessThanOrEqual(2)
  expect(await refgrow('secret rotate --project 1 --overlap 0')).toContain('The old secret ended now.')
  for (const wrong of ['24', 'soon', '31d', '-1h', '1.5h'])
    await expect(refgrow(`secret rotate --project 1 --overlap=${wrong}`)).rejects.toThrow(
      'Expected a time such as 30m, 24h or 7d, or 0, at most 30d.',
    )
  await expect(refgrow('secret rotate --project 9')).rejects.toThrow('No project 9')
})
