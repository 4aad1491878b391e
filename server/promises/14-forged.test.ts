/** Promise 14, for Stripe: a forged, altered, stale or replayed webhook changes nothing. */
import Stripe from 'stripe'
import { describe, expect } from 'vitest'
import { checkout, type Programme, WEBHOOK_SECRET, withProgramme } from '../test/programme.ts'
import { readerOfAllRows } from '../test/all-rows.ts'

/** Of the body every so many bytes are flipped; of the signature every one. */
const EVERY = 11

/** As odd as JSON may be: spaces, an escape, letters of more than one byte. */
const PAYLOAD = JSON.stringify(
  checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'buyer@example.com', metadata: { note: 'Zoë 🎈' } }),
  null,
  1,
).replace('Acme', '\\u0041cme')

const sign = (payload: string, { secret = WEBHOOK_SECRET, age = 0 } = {}): string =>
  new Stripe('sk_test_none').webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp: Math.floor(Date.now() / 1000) - age,
  })

describe('promise 14: a forged, altered, stale or replayed webhook changes nothing (Stripe)', () => {
  withProgramme('with any byte of body, signature or timestamp flipped it is refused', async (programme) => {
    await programme.addAffiliate('ANN')
    const everything = await readerOfAllRows(programme.db, programme.engine)
    const before = await everything()
    const body = Buffer.from(PAYLOAD)
    const header = sign(PAYLOAD)
    expect(header).toMatch(/^t=\d{10},v1=[0-9a-f]{64}$/)

    for (let index = 0; index < body.length; index += EVERY) {
      const altered = Buffer.from(body)
      altered[index] = (altered[index] ?? 0) ^ 1
      expect(await post(programme, altered, header), `byte ${index} of the body`).toBe(401)
    }
    for (let index = 0; index < header.length; index++) {
      const altered = Buffer.from(header)
      altered[index] = (altered[index] ?? 0) ^ 1
      const forged = altered.toString('latin1')
      expect(await post(programme, body, forged), forged).toBe(401)
    }
    for (const wrong of [body.subarray(1), body.subarray(0, -1), Buffer.concat([body, Buffer.from(' ')])])
      expect(await post(programme, wrong, header)).toBe(401)
    expect(await everything()).toEqual(before)
  })

  withProgramme(
    'stale, signed with another secret, unsigned, or meant for another project: refused',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const other = await programme.addProject('Other')
      await programme.db
        .updateTable('provider_connection')
        .set({ webhook_secret_sealed: programme.sealer.seal('whsec_other') })
        .where('project_id', '=', other.projectId)
        .execute()
      const everything = await readerOfAllRows(programme.db, programme.engine)
      const before = await everything()
      const body = Buffer.from(PAYLOAD)
      const wrong: Record<string, string | undefined> = {
        'six minutes old': sign(PAYLOAD, { age: 360 }),
        'a year old': sign(PAYLOAD, { age: 31_536_000 }),
        'signed with another secret': sign(PAYLOAD, { secret: 'whsec_other' }),
        'signed with nothing': sign(PAYLOAD, { secret: ' ' }),
        'without its signature': sign(PAYLOAD).replace(/,.*/, ''),
        'of another scheme': sign(PAYLOAD).replace('v1=', 'v0='),
        'with an empty header': '',
        'without a header': undefined,
      }
      for (const [title, header] of Object.entries(wrong)) expect(await post(programme, body, header), title).toBe(401)
      expect(await post(programme, body, sign(PAYLOAD), other.projectId), 'for another project').toBe(401)
      // Stripe's SDK stops at an empty signature with an error of its own.
      expect([400, 401]).toContain(await post(programme, body, sign(PAYLOAD).replace(/v1=.*/, 'v1=')))
      expect(await everything()).toEqual(before)
    },
  )

  withProgramme('as it was sent it is stored byte for byte, and replayed it changes nothing', async (programme) => {
    await programme.addAffiliate('ANN')
    const body = Buffer.from(PAYLOAD)
    const header = sign(PAYLOAD)
    expect(await post(programme, body, header)).toBe(200)
    const stored = await programme.db.selectFrom('provider_event').select('payload').execute()
    expect(stored.map(({ payload }) => Buffer.from(payload).equals(body))).toEqual([true])
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })

    // Not the key's last use, which the API noted after that.
    await programme.get('/api/v1/conversions')
    const everything = await readerOfAllRows(programme.db, programme.engine)
    const before = await everything()
    for (const again of [header, sign(PAYLOAD), sign(PAYLOAD, { age: 200 })])
      expect(await post(programme, body, again)).toBe(200)
    expect(await everything()).toEqual(before)
  })
})

async function post(
  { app, projectId }: Programme,
  payload: Buffer,
  header: string | undefined,
  to = projectId,
): Promise<number> {
  const response = await app.inject({
    method: 'POST',
    url: `/webhook/stripe/${to}`,
    payload,
    headers: { 'content-type': 'application/json', ...(header !== undefined && { 'stripe-signature': header }) },
  })
  return response.statusCode
}
