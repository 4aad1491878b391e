import { expect } from 'vitest'
import type { Tx } from '../../db/schema.ts'
import { codesMailed, wrongFor } from '../../test/door.ts'
import { type Programme, withProgramme } from '../../test/programme.ts'
import { type CodeRequest, mailCode, takeCode } from './login-code.ts'
import { getProject } from '../project/project.ts'

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

/** Asks for a code to log in, from a network of the given name. */
const ask = ({ db, projectId, sealer, clock }: Programme, asker: string, more: Partial<CodeRequest> = {}) =>
  db
    .transaction()
    .execute(async (tx) =>
      mailCode(tx, await getProject(tx, projectId), { email: ANN, asker, joins: false, ...more }, sealer, clock.now()),
    )

const take = ({ db, projectId, sealer, clock }: Programme, challenge: string, code: string, email = ANN) =>
  db.transaction().execute((tx) => takeCode(tx, projectId, { email, challenge, code }, sealer.sign, clock.now()))

withProgramme(
  'a stranger costs as many statements as an affiliate, whatever they ask for and however often',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const { sealer } = programme
    await programme.db.transaction().execute(async (tx) => {
      const project = await getProject(tx, programme.projectId)
      const now = programme.clock.now()
      const code = (email: string, joins: boolean) =>
        statementsOf(tx, (counted) => mailCode(counted, project, { email, asker: 'one', joins }, sealer, now))
      const login = (email: string, guess: string) =>
        statementsOf(tx, (counted) =>
          takeCode(counted, project.id, { email, challenge: 'x', code: guess }, sealer.sign, now),
        )
      // The sixth and all after it are long codes, of which one an hour is mailed.
      for (let n = 0; n < 8; n++)
        for (const joins of [false, true]) expect(await code(STRANGER, joins)).toBe(await code(ANN, joins))
      for (const guess of ['123456', 'ab'.repeat(16)])
        expect(await login(STRANGER, guess)).toBe(await login(ANN, guess))
    })
  },
)

withProgramme(
  'of one network the first five codes in ten minutes are short, then one long one comes an hour',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const sent = async () => (await codesMailed(programme)).map(({ long }) => (long ? 'long' : 'short'))
    for (let n = 0; n < 9; n++) await ask(programme, 'one')
    expect(await sent()).toEqual([...Array(5).fill('short'), 'long'])
    // Another network is not held up by it.
    await ask(programme, 'two')
    expect((await sent()).at(-1)).toBe('short')
    programme.clock.set('2026-11-20T12:59:00.000Z')
    for (let n = 0; n < 9; n++) await ask(programme, 'one')
    // Ten requests a day get a short one, and the long one of this hour is in the mailbox.
    expect((await sent()).slice(7)).toEqual(['short'])
    programme.clock.set('2026-11-20T13:00:00.000Z')
    for (let n = 0; n < 9; n++) await ask(programme, 'one')
    expect((await sent()).slice(8)).toEqual(['long'])
  },
)

withProgramme(
  'an address gets at most twenty short codes and twenty-four long ones a day, from however many networks',
  async (programme) => {
    await programme.addAffiliate('ANN')
    for (let minute = 0; minute < 24 * 60; minute += 6) {
      programme.clock.set(new Date(Date.parse('2026-11-21T00:00:00.000Z') + minute * 60_000).toISOString())
      for (let n = 0; n < 3; n++) await ask(programme, `network ${minute} ${n}`)
    }
    const codes = await codesMailed(programme)
    expect(codes.filter(({ long }) => !long)).toHaveLength(20)
    expect(codes.filter(({ long }) => long)).toHaveLength(24)
    expect(codes.every(({ code, long }) => (long ? /^[0-9a-f]{32}$/ : /^\d{6}$/).test(code))).toBe(true)
  },
  60_000,
)

withProgramme(
  'a long code opens two hours long, once, for its address, and makes room for the next',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    const long = async () => (await codesMailed(programme)).filter((mail) => mail.long).map(({ code }) => code)
    for (let n = 0; n < 7; n++) await ask(programme, 'one')
    const [first = ''] = await long()
    programme.clock.set('2026-11-20T13:10:00.000Z')
    for (let n = 0; n < 7; n++) await ask(programme, 'one')
    const [, second = ''] = await long()

    expect(await take(programme, '', second, 'ben@example.com')).toBe(false)
    expect(await take(programme, '', 'ab'.repeat(16))).toBe(false)
    programme.clock.set('2026-11-20T13:59:59.000Z')
    expect(await take(programme, '', first)).toBe(true)
    expect(await take(programme, '', first)).toBe(false)
    expect(await take(programme, '', second)).toBe(true)
    // Used, so this hour's next request mails another one.
    await ask(programme, 'one')
    const [, , third = ''] = await long()
    programme.clock.set('2026-11-20T15:59:59.000Z')
    expect(await take(programme, '', third)).toBe(false)
  },
)

withProgramme(
  'a stranger who asked to log in can join in the same hour: the code that was mailed to nobody gives way',
  async (programme) => {
    for (let n = 0; n < 9; n++) await ask(programme, 'one', { email: STRANGER })
    expect(await codesMailed(programme)).toEqual([])
    for (let n = 0; n < 3; n++) await ask(programme, 'one', { email: STRANGER, joins: true })
    const [mail, ...more] = await codesMailed(programme)
    expect([mail, more]).toMatchObject([{ recipient: STRANGER, long: true }, []])
    expect(await take(programme, '', mail!.code, STRANGER)).toBe(true)
  },
)

withProgramme(
  'a stolen database tells no code: the same digits are another hash with another key',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const challenge = await ask(programme, 'one')
    const [{ code } = { code: '' }] = await codesMailed(programme)
    const other = {
      ...programme,
      sealer: { ...programme.sealer, sign: (text: string) => programme.sealer.sign(`${text} `) },
    }
    expect(await take(other, challenge, code)).toBe(false)
    expect(await take(programme, challenge, wrongFor(code))).toBe(false)
    expect(await take(programme, challenge, code)).toBe(true)
  },
)
