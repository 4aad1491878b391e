import { expect } from 'vitest'
import type { Tx } from '../db/schema.ts'
import { withProgramme } from '../test/programme.ts'
import { mailLoginCode, takeLoginCode } from './login-code.ts'
import { getProject } from './project.ts'

const ANN = 'ann@example.com'
const STRANGER = 'stranger@example.com'

/** How many statements `work` sends. */
async function statementsOf(tx: Tx, work: (counted: Tx) => Promise<unknown>): Promise<number> {
  let count = 0
  await work(
    tx.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => {
        count += 1
        return Promise.resolve(result)
      },
    }),
  )
  return count
}

withProgramme('a stranger costs as many statements as an affiliate, also one whose code waits', async (programme) => {
  await programme.addAffiliate('ANN')
  const { sign } = programme.sealer
  await programme.db.transaction().execute(async (tx) => {
    const project = await getProject(tx, programme.projectId)
    const now = programme.clock.now()
    const code = (email: string) => statementsOf(tx, (counted) => mailLoginCode(counted, project, { email }, sign, now))
    const login = (email: string) =>
      statementsOf(tx, (counted) => takeLoginCode(counted, project.id, { email, code: 'wrong' }, sign, now))
    expect(await code(STRANGER)).toBe(await code(ANN))
    expect(await login(STRANGER)).toBe(await login(ANN))
  })
})

withProgramme('twenty codes a day are enough for anybody', async (programme) => {
  await programme.addAffiliate('ANN')
  const code = (now: string) =>
    programme.db
      .transaction()
      .execute(async (tx) =>
        mailLoginCode(tx, await getProject(tx, programme.projectId), { email: ANN }, programme.sealer.sign, now),
      )
  for (let hour = 0; hour < 20; hour++) await code(`2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`)
  await expect(code('2026-11-21T23:00:00.000Z')).rejects.toThrow('try again in 3600 seconds')
  await code('2026-11-22T00:00:00.000Z')
})

withProgramme(
  'a stolen database tells no code: the same digits are another hash with another key',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.db.transaction().execute(async (tx) => {
      await mailLoginCode(
        tx,
        await getProject(tx, programme.projectId),
        { email: ANN },
        programme.sealer.sign,
        programme.clock.now(),
      )
      const mail = await tx.selectFrom('mail').selectAll().executeTakeFirstOrThrow()
      const { code } = JSON.parse(mail.fields) as { code: string }
      const take = (sign: (text: string) => string) =>
        takeLoginCode(tx, programme.projectId, { email: ANN, code }, sign, programme.clock.now())
      expect(await take((text) => programme.sealer.sign(`${text} `))).toBeUndefined()
      expect(await take(programme.sealer.sign)).toMatchObject({ email: ANN })
    })
  },
)
