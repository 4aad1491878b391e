import { expect } from 'vitest'
import { openSession, revokeSession } from '../core/affiliate/session.ts'
import { withProgramme } from '../test/programme.ts'
import { forgetLogins } from './forget-logins.ts'

withProgramme('expired codes and dead log-ins are forgotten; what still opens stays', async (programme) => {
  const { db, clock, projectId } = programme
  const [ann, ben] = [await programme.addAffiliate('ANN'), await programme.addAffiliate('BEN')]
  const log = (affiliate: number) =>
    db.transaction().execute((tx) => openSession(tx, { id: affiliate, project_id: projectId }, clock.now()))
  await log(ann)
  clock.set('2027-02-18T11:55:00.000Z')
  const out = await log(ben)
  await db.transaction().execute((tx) => revokeSession(tx, projectId, out, clock.now()))
  await log(ben)
  await programme.post('/api/widget/code', { project_id: projectId, email: 'ann@example.com' })
  clock.set('2027-02-18T12:05:00.000Z')
  await programme.post('/api/widget/code', { project_id: projectId, email: 'ben@example.com' })
  await forgetLogins(programme)
  expect(await db.selectFrom('affiliate_session').select(['affiliate_id', 'revoked_at']).execute()).toEqual([
    { affiliate_id: ben, revoked_at: null },
  ])
  expect(await db.selectFrom('login_code').select('affiliate_id').execute()).toEqual([{ affiliate_id: ben }])
})

withProgramme('the address of somebody who never joined is forgotten with the mail, a day later', async (programme) => {
  const { db, clock, projectId } = programme
  const join = (email: string) => programme.post('/api/widget/join', { project_id: projectId, email })
  await join('never@example.com')
  clock.set('2026-11-21T12:00:00.000Z')
  await join('later@example.com')
  await forgetLogins(programme)
  expect(await db.selectFrom('mail').select('recipient').execute()).toHaveLength(2)
  clock.set('2026-11-21T12:00:00.001Z')
  await forgetLogins(programme)
  expect(await db.selectFrom('mail').select('recipient').execute()).toEqual([{ recipient: 'later@example.com' }])
  const kept = [
    await db.selectFrom('login_code').selectAll().execute(),
    await db.selectFrom('rate_window').selectAll().execute(),
  ]
  expect(JSON.stringify([kept, await programme.tables()])).not.toContain('never')
})
