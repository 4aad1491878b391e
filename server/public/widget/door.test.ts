/** What strangers can do to somebody's address at the door of a program: nothing. */
import { describe, expect } from 'vitest'
import { codesMailed, type Door, doorOf, newestCode, wrongFor } from '../../test/door.ts'
import { checkout, hashFor, type Programme, withProgramme } from '../../test/programme.ts'

const STAR = 'star@example.com'
const ANN = 'ann@example.com'

const affiliateOf = async ({ call }: Programme, email: string) => (await call('GET', `/affiliates/${email}`)).body.data

/** All that is kept but mails, codes and counters. */
async function withoutMail(programme: Programme) {
  const { mail: _, ...tables } = await programme.tables()
  return tables
}

describe('whose parent', () => {
  for (const [order, strangerFirst] of [
    ['before', true],
    ['after', false],
  ] as const)
    withProgramme(
      `a stranger who joins with somebody's address ${order} they do chooses nothing for them`,
      async (programme) => {
        const evil = await programme.addAffiliate('EVIL')
        await programme.call('PUT', '/campaigns/1', { terms: { second_tier: { kind: 'percent', rate: 5 } } })
        const stranger = doorOf(programme)
        const star = doorOf(programme)
        const before = await withoutMail(programme)
        const steal = () => stranger.join(STAR, { invite: 'EVIL', fields: { name: 'Somebody else' } })

        if (strangerFirst) expect((await steal()).status).toBe(202)
        expect(await withoutMail(programme)).toEqual(before)
        expect(await programme.call('GET', `/affiliates/${STAR}`)).toMatchObject({ status: 404 })

        // The person joins as if nothing had happened.
        expect((await star.join(STAR)).status).toBe(202)
        const code = await newestCode(programme)
        if (!strangerFirst) await steal()
        expect(await stranger.login(code, STAR, { join: { invite: 'EVIL' } })).toMatchObject({
          status: 403,
          body: { code: 'wrong_code' },
        })
        const { body } = await star.login(code, STAR, { join: {} })
        expect(body.data).toMatchObject({ joined: true, dashboard: { affiliate: { email: STAR, status: 'active' } } })
        expect(await affiliateOf(programme, STAR)).toMatchObject({ parent_id: null, name: null })

        const { referral_code } = body.data.dashboard.affiliate
        await programme.deliver(checkout({ id: 'one', amount: 10_000, code: referral_code }))
        expect(await programme.earningsOf(STAR)).toMatchObject({ total: '20.00' })
        expect(await programme.earningsOf('evil@example.com')).toMatchObject({ total: '0.00' })
        expect(await affiliateOf(programme, 'evil@example.com')).toMatchObject({ id: evil })
      },
    )

  withProgramme('what comes with the proof counts: the parent and the form of the second try', async (programme) => {
    const hon = await programme.addAffiliate('HON')
    await programme.addAffiliate('EVIL')
    await programme.set({ signup_fields: [{ id: 'name', required: false }] })
    const star = doorOf(programme)
    await star.join(STAR, { invite: 'EVIL', fields: { name: 'Typo' } })
    const form = { invite: 'HON', fields: { name: 'Star' } }
    expect((await star.enter(STAR, form)).body.data.joined).toBe(true)
    expect(await affiliateOf(programme, STAR)).toMatchObject({ parent_id: hon, name: 'Star' })
    // Whoever has joined stays as they are, by code and by signature.
    const other = { invite: 'EVIL', fields: { name: 'Other' } }
    expect((await star.enter(STAR, other)).body.data.joined).toBe(false)
    expect((await star.join(STAR, { ...other, hash: hashFor(STAR) })).body.data.status).toBe('active')
    expect(await affiliateOf(programme, STAR)).toMatchObject({ parent_id: hon, name: 'Star' })
  })

  withProgramme(
    "the host page's signature joins at once, and pressing twice makes one affiliate",
    async (programme) => {
      const door = doorOf(programme)
      const signed = { hash: hashFor(STAR) }
      const answers = await Promise.all([door.join(STAR, signed), door.join(STAR, signed), door.join(STAR, signed)])
      const { body } = answers[0]
      expect(body.data).toMatchObject({ status: 'active', affiliate: { email: STAR } })
      for (const answer of answers) expect(answer).toMatchObject({ status: 201, body })
      expect((await programme.tables())['affiliate']).toHaveLength(1)
      expect(await codesMailed(programme)).toEqual([])
    },
  )

  withProgramme('an application reaches the owner once it is proven, not before', async (programme) => {
    await programme.set({ signup: 'approval', owner_email: 'owner@example.com' })
    const applications = () =>
      programme.db.selectFrom('mail').select('fields').where('template', '=', 'application').execute()
    const door = doorOf(programme)
    for (let n = 0; n < 5; n++) await door.join(`n${n}@example.com`)
    expect(await applications()).toEqual([])
    await door.enter(STAR)
    expect(await applications()).toEqual([{ fields: expect.stringContaining(STAR) }])
  })

  withProgramme('a right code is not used up by a form that is refused', async (programme) => {
    await programme.set({ signup_fields: [{ id: 'name', required: true }] })
    const door = doorOf(programme)
    await door.join(STAR, { fields: { name: 'Star' } })
    const code = await newestCode(programme)
    expect(await door.login(code, STAR, { join: {} })).toMatchObject({ status: 400, body: { field: 'name' } })
    // Without a form it is a log-in, and there is nobody to log in.
    const form = { join: { fields: { name: 'Star' } } }
    expect(await door.login(code, STAR, form)).toMatchObject({ status: 200, body: { data: { joined: true } } })
  })
})

describe('who has joined', () => {
  for (const settings of [
    { signup: 'public' },
    { signup: 'approval', owner_email: 'owner@example.com' },
    { signup: 'invite' },
  ] as const)
    withProgramme(
      `joining answers the same to an affiliate and to a stranger (${settings.signup})`,
      async (programme) => {
        await programme.addAffiliate('ANN')
        await programme.set(settings)
        const seen = async (email: string, form: object = {}) => {
          const { status, body, headers } = await doorOf(programme).join(email, form)
          const { date: _, 'x-ratelimit-remaining': _left, ...told } = headers
          const { challenge, ...data } = body.data ?? {}
          return { status, body: { ...body, data }, told, challenge: typeof challenge === 'string' && challenge.length }
        }
        const { token } = (await programme.call('POST', '/invitations', {})).body.data
        for (const form of [{}, { invite: token }, { invite: 'ANN' }, { invite: 'NOBODY' }, { fields: { name: 5 } }])
          expect(await seen('new@example.com', form)).toEqual(await seen(ANN, form))
        const mailed = (await codesMailed(programme)).map(({ recipient }) => recipient)
        expect(mailed.filter((recipient) => recipient === ANN)).toHaveLength(settings.signup === 'invite' ? 1 : 4)
        expect(mailed).toHaveLength(settings.signup === 'invite' ? 2 : 8)
      },
    )
})

const proxied = { TRUSTED_PROXIES: '127.0.0.1' }

describe('log-in under attack', () => {
  withProgramme(
    "wrong guesses end nobody else's code, whatever challenge they name",
    async (programme) => {
      await programme.addAffiliate('ANN')
      const owner = doorOf(programme, { ip: '192.0.2.1' })
      await owner.code()
      const code = await newestCode(programme)
      for (let network = 1; network <= 6; network++) {
        const attacker = doorOf(programme, { ip: `198.51.100.${network}` })
        for (let n = 0; n < 5; n++)
          expect((await attacker.login(wrongFor(code), ANN, { challenge: ['x', '', undefined][n % 3] })).status).toBe(
            403,
          )
        await attacker.code()
        for (let n = 0; n < 6; n++) expect((await attacker.login(code)).status).toBe(403)
      }
      expect((await owner.login(code)).status).toBe(200)
    },
    undefined,
    proxied,
  )

  withProgramme(
    'one network that asks all day does not even make the codes long for others',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const attacker = doorOf(programme, { ip: '198.51.100.1' })
      for (let hour = 0; hour < 24; hour++) {
        programme.clock.set(`2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`)
        for (let n = 0; n < 20; n++) await attacker.code()
      }
      const owner = doorOf(programme, { ip: '192.0.2.1' })
      await owner.code()
      expect((await codesMailed(programme)).at(-1)).toMatchObject({ long: false })
      expect((await owner.login(await newestCode(programme))).status).toBe(200)
    },
    60_000,
    proxied,
  )

  withProgramme(
    'the victim always has a way in, against an attacker of many networks all day',
    async (programme) => {
      await programme.addAffiliate('ANN')
      let address = 0
      const fromAnywhere = () => doorOf(programme, { ip: `2001:db8:${(address += 1).toString(16)}::1` })
      /** Asks for codes and guesses all it may. */
      const attack = async (): Promise<void> => {
        for (let network = 0; network < 6; network++) {
          const door = fromAnywhere()
          await door.code()
          const mailed = await newestCode(programme)
          const [guess, tries] = mailed.length === 6 ? [wrongFor(mailed), 6] : ['123456', 1]
          for (let n = 0; n < tries; n++) expect((await door.login(guess)).status).toBe(403)
        }
      }
      /** Tries what is in the mailbox, newest first, as the mails say: short codes in this browser, long ones anywhere. */
      const comesIn = async (owner: Door): Promise<boolean> => {
        expect((await owner.code()).status).toBe(200)
        const [newest, ...older] = (await codesMailed(programme)).toReversed()
        const long = older.find((mail) => mail.long)
        for (const mail of [newest, long]) if (mail && (await owner.login(mail.code)).status === 200) return true
        return false
      }
      for (let hour = 0; hour < 24; hour++)
        for (const minute of ['01', '59']) {
          programme.clock.set(`2026-11-21T${String(hour).padStart(2, '0')}:${minute}:00.000Z`)
          await attack()
          expect(await comesIn(doorOf(programme, { ip: '192.0.2.1' })), `${hour}:${minute}`).toBe(true)
          const { body } = await doorOf(programme).dashboard({ email: ANN, hash: hashFor(ANN) })
          expect(body.data.affiliate.email).toBe(ANN)
        }
      const codes = await codesMailed(programme)
      // A hundred guesses at six digits, and a mailbox that is not full: one long code an hour, and one for each that was used.
      expect(codes.filter(({ long }) => !long).length).toBeLessThanOrEqual(20)
      expect(codes.filter(({ long }) => long).length).toBeLessThanOrEqual(24 + 48)
    },
    120_000,
    proxied,
  )

  withProgramme('one network cannot fill many mailboxes: two hundred mails an hour', async (programme) => {
    const door = doorOf(programme)
    let refused = 0
    for (let n = 0; n < 220; n++) {
      // Twenty a minute.
      if (n % 20 === 0) programme.clock.set(`2026-11-20T12:${String(n / 20).padStart(2, '0')}:00.000Z`)
      const { status } = await door.join(`n${n}@example.com`)
      if (status === 429) refused += 1
    }
    expect([refused, (await codesMailed(programme)).length]).toEqual([20, 200])
  })
})
