/** Promise 14, for Paddle, Lemon Squeezy and Polar: a forged, altered, stale or replayed webhook changes nothing. */
import { describe, expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { LEMONSQUEEZY_SECRET, lemonSqueezyOrder, signedByLemonSqueezy } from '../test/lemonsqueezy-events.ts'
import { PADDLE_SECRET, paddleTransaction, signedByPaddle } from '../test/paddle-events.ts'
import { POLAR_SECRET, polarOrder, signedByPolar } from '../test/polar-events.ts'
import { type Programme, withProgramme } from '../test/programme.ts'
import { readerOfAllRows } from '../test/all-rows.ts'

/** Of the body every so many bytes are flipped; of the headers every one. */
const EVERY = 11

interface Signed {
  payload: string
  headers: Record<string, string>
}

interface Forged {
  secret: string
  event: object
  /** @param age seconds */
  sign: (event: object, how?: { secret?: string; age?: number }) => Signed
  /** Ages of signatures that are refused; none where the provider signs no time. */
  stale: number[]
  /** Headers, by what is wrong with them. */
  wrong: (headers: Record<string, string>) => Record<string, Record<string, string>>
}

const now = () => Math.floor(Date.now() / 1000)
/** As odd as JSON may be: letters of more than one byte. */
const NOTE = 'Zoë 🎈'

const FORGED: Record<'paddle' | 'lemonsqueezy' | 'polar', Forged> = {
  paddle: {
    secret: PADDLE_SECRET,
    event: { ...paddleTransaction({ id: 'txn_1', total: 5_000, code: 'ANN' }), note: NOTE },
    sign: (event, { secret = PADDLE_SECRET, age = 0 } = {}) => signedByPaddle(event, secret, now() - age),
    stale: [360, 31_536_000, -360],
    wrong: ({ 'paddle-signature': header = '' }) => ({
      'without its hash': { 'paddle-signature': header.replace(/;.*/, '') },
      'without its time': { 'paddle-signature': header.replace(/.*;/, '') },
      'with another time before the right one': { 'paddle-signature': `ts=${now() + 1};${header}` },
      'of another scheme': { 'paddle-signature': header.replace('h1=', 'h0=') },
      'with an empty hash': { 'paddle-signature': header.replace(/h1=.*/, 'h1=') },
    }),
  },
  lemonsqueezy: {
    secret: LEMONSQUEEZY_SECRET,
    event: { ...lemonSqueezyOrder('order_created', { id: 1, total: 5_000, code: 'ANN' }), note: NOTE },
    sign: (event, { secret = LEMONSQUEEZY_SECRET } = {}) => signedByLemonSqueezy(event, secret),
    stale: [],
    wrong: ({ 'x-signature': header = '' }) => ({
      'cut short': { 'x-signature': header.slice(0, -2) },
      'too long': { 'x-signature': `${header}00` },
    }),
  },
  polar: {
    secret: POLAR_SECRET,
    event: { ...polarOrder('order.paid', { id: 'order-1', net: 5_000, code: 'ANN' }), note: NOTE },
    sign: (event, { secret = POLAR_SECRET, age = 0 } = {}) => signedByPolar(event, 'msg_1', secret, now() - age),
    stale: [360, 31_536_000, -360],
    wrong: (headers) => ({
      'of another scheme': {
        ...headers,
        'webhook-signature': (headers['webhook-signature'] ?? '').replace('v1', 'v2'),
      },
      'with an empty signature': { ...headers, 'webhook-signature': 'v1,' },
      'under another id': { ...headers, 'webhook-id': 'msg_2' },
      'without an id': { ...headers, 'webhook-id': '' },
      'at another time': { ...headers, 'webhook-timestamp': String(now() - 1) },
    }),
  },
}

describe.each(Object.entries(FORGED))(
  'promise 14: a forged, altered, stale or replayed webhook changes nothing (%s)',
  (provider, { secret, event, sign, stale, wrong }) => {
    const connected = (title: string, story: (programme: Programme) => Promise<void>) =>
      withProgramme(title, async (programme) => {
        const { db, sealer, projectId, clock } = programme
        await db
          .transaction()
          .execute((tx) => connectProvider(tx, projectId, provider, sealer.seal(secret), clock.now()))
        await programme.addAffiliate('ANN')
        await story(programme)
      })

    connected('with any byte of body, signature, time or id flipped it is refused', async (programme) => {
      const everything = await readerOfAllRows(programme.db, programme.engine)
      const before = await everything()
      const { payload, headers } = sign(event)
      const body = Buffer.from(payload)
      for (let index = 0; index < body.length; index += EVERY)
        expect(await post(programme, provider, flipped(body, index), headers), `byte ${index} of the body`).toBe(401)
      for (const [name, value] of Object.entries(headers))
        for (let index = 0; index < value.length; index++) {
          const forged = flipped(Buffer.from(value), index).toString('latin1')
          expect(await post(programme, provider, body, { ...headers, [name]: forged }), `${name}: ${forged}`).toBe(401)
        }
      for (const other of [body.subarray(1), body.subarray(0, -1), Buffer.concat([body, Buffer.from(' ')])])
        expect(await post(programme, provider, other, headers)).toBe(401)
      expect(await everything()).toEqual(before)
    })

    connected('stale, signed with another secret, unsigned, or for another project: refused', async (programme) => {
      const { db, sealer, clock } = programme
      const other = await programme.addProject('Other')
      const seal = sealer.seal('another-secret')
      await db.transaction().execute((tx) => connectProvider(tx, other.projectId, provider, seal, clock.now()))
      const everything = await readerOfAllRows(db, programme.engine)
      const before = await everything()
      const { payload, headers } = sign(event)
      const body = Buffer.from(payload)
      const refused: Record<string, Record<string, string>> = {
        ...wrong(headers),
        ...Object.fromEntries(stale.map((age) => [`${age} s old`, sign(event, { age }).headers])),
        'signed with another secret': sign(event, { secret: 'another-secret' }).headers,
        'with empty headers': Object.fromEntries(Object.keys(headers).map((name) => [name, ''])),
        'without headers': {},
      }
      for (const [title, sent] of Object.entries(refused))
        expect(await post(programme, provider, body, sent), title).toBe(401)
      expect(await post(programme, provider, body, headers, other.projectId), 'for another project').toBe(401)
      expect(await everything()).toEqual(before)
    })

    connected('as it was sent it is stored byte for byte, and replayed it changes nothing', async (programme) => {
      const first = sign(event)
      const body = Buffer.from(first.payload)
      expect(await post(programme, provider, body, first.headers)).toBe(200)
      const stored = await programme.db.selectFrom('provider_event').select('payload').execute()
      expect(stored.map(({ payload }) => Buffer.from(payload).equals(body))).toEqual([true])
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })

      // Not the key's last use, which the API noted after that.
      await programme.get('/api/v1/conversions')
      const everything = await readerOfAllRows(programme.db, programme.engine)
      const before = await everything()
      for (const { headers } of [first, sign(event), sign(event, { age: 200 })])
        expect(await post(programme, provider, body, headers)).toBe(200)
      expect(await everything()).toEqual(before)
    })
  },
)

function flipped(bytes: Buffer, index: number): Buffer {
  const altered = Buffer.from(bytes)
  altered[index] = (altered[index] ?? 0) ^ 1
  return altered
}

async function post(
  { app, projectId }: Programme,
  provider: string,
  payload: Buffer,
  headers: Record<string, string>,
  to = projectId,
): Promise<number> {
  const response = await app.inject({
    method: 'POST',
    url: `/webhook/${provider}/${to}`,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return response.statusCode
}
