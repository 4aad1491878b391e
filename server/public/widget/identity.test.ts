/** The host page's signature: its time, and the exchange of its secret. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { rotateHmacSecret } from '../../core/project/project.ts'
import { addMinutes } from '../../core/kit/time.ts'
import { HMAC_SECRET, hashFor, type Programme, withProgramme } from '../../test/programme.ts'

const ANN = 'ann@example.com'
const NOW = Date.parse('2026-11-20T12:00:00.000Z') / 1000

/** As docs/widget.md says: address, line feed, Unix seconds. */
const signed = (at: number | string, secret = HMAC_SECRET) => ({
  email: 'Ann@Example.com',
  hash: createHmac('sha256', secret).update(`${ANN}\n${at}`).digest('hex'),
  hash_at: at,
})

const dashboard = (programme: Programme, who: object) =>
  programme.post('/api/widget/dashboard', { project_id: programme.projectId, ...who })

const opened = { status: 200, body: { data: { proven: true, affiliate: { email: ANN } } } }
const refused = (problem: string) => ({
  status: 403,
  body: { code: 'wrong_hash', error: expect.stringContaining(problem) },
})

withProgramme('a signature with a time counts for a day, and five minutes before its time', async (programme) => {
  await programme.addAffiliate('ANN')
  for (const at of [NOW, String(NOW), NOW - 24 * 3600, NOW + 300])
    expect(await dashboard(programme, signed(at)), String(at)).toMatchObject(opened)
  expect(await dashboard(programme, signed(NOW - 24 * 3600 - 1))).toMatchObject(refused('is older than 24 h'))
  expect(await dashboard(programme, signed(NOW + 301))).toMatchObject(refused('compare the clocks'))
  for (const at of ['soon', '-1', '1.5', '1e9', '9'.repeat(13), `${NOW} `])
    expect(await dashboard(programme, signed(at)), at).toMatchObject(refused('not Unix seconds'))
})

withProgramme('a time is part of what is signed: neither changed, nor added, nor left out', async (programme) => {
  await programme.addAffiliate('ANN')
  const { hash, ...who } = signed(NOW - 60)
  for (const forged of [
    { ...who, hash, hash_at: NOW },
    { email: ANN, hash },
    { ...who, hash, hash_at: '' },
    { email: ANN, hash: hashFor(ANN), hash_at: NOW },
    { ...signed(NOW), email: 'ben@example.com' },
  ])
    expect(await dashboard(programme, forged)).toMatchObject(refused('does not match'))
  expect(await dashboard(programme, { email: ANN, hash: hashFor(ANN), hash_at: '' })).toMatchObject(opened)
})

withProgramme('identity_max_age_hours asks for a time and says how old it may be', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.set({ identity_max_age_hours: 1 })
  expect(await dashboard(programme, { email: ANN, hash: hashFor(ANN) })).toMatchObject(refused('data-user-hash-at'))
  expect(await dashboard(programme, signed(NOW - 3600))).toMatchObject(opened)
  expect(await dashboard(programme, signed(NOW - 3601))).toMatchObject(refused('is older than 1 h'))
  const join = { project_id: programme.projectId, ...signed(NOW) }
  expect(await programme.post('/api/widget/join', join)).toMatchObject({ status: 201 })
  expect(await programme.post('/api/widget/join', { ...join, hash_at: NOW + 1 })).toMatchObject(refused('match'))
})

withProgramme('while a secret is exchanged both count, and only the new one afterwards', async (programme) => {
  await programme.addAffiliate('ANN')
  const { db, sealer, clock, projectId } = programme
  const rotate = (secret: string, minutes: number) =>
    db
      .transaction()
      .execute((tx) => rotateHmacSecret(tx, projectId, sealer.seal(secret), addMinutes(clock.now(), minutes)))
  const counts = async (secret: string) =>
    (await dashboard(programme, { email: ANN, hash: hashFor(ANN, secret) })).status === 200

  await rotate('second', 60)
  expect([await counts(HMAC_SECRET), await counts('second'), await counts('third')]).toEqual([true, true, false])
  expect(await dashboard(programme, signed(NOW, 'second'))).toMatchObject(opened)
  clock.set('2026-11-20T12:59:59.999Z')
  expect(await counts(HMAC_SECRET)).toBe(true)
  clock.set('2026-11-20T13:00:00.000Z')
  expect([await counts(HMAC_SECRET), await counts('second')]).toEqual([false, true])

  // One that was still being exchanged ends at once.
  await rotate('third', 60)
  await rotate('fourth', 60)
  expect([await counts('second'), await counts('third'), await counts('fourth')]).toEqual([false, true, true])
  await rotate('fifth', 0)
  expect([await counts('fourth'), await counts('fifth')]).toEqual([false, true])
  expect(JSON.stringify(await db.selectFrom('project').selectAll().execute())).not.toMatch(/fourth|fifth/)
})
