/**
 * Promise 11: order does not matter. The same facts in any order end in the same balances and the same attribution, as long
 * as all of a person's clues name one affiliate. Where they name several, order matters by rule, and the second test says how.
 * (A refund that comes before its sale waits with its provider's events; here refunds follow their sales.)
 */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { getProject } from '../core/project/project.ts'
import { recordRefund } from '../core/conversion/refund.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

const PEOPLE = { pia: 'ANN', pat: 'BEN', pim: 'ANN' } as const
type Person = keyof typeof PEOPLE

type Fact =
  | { kind: 'click'; person: Person }
  | { kind: 'signup'; person: Person }
  | { kind: 'stored'; person: Person }
  | { kind: 'sale'; person: Person; sale: number; amount: number }
  | { kind: 'report'; person: Person; sale: number; amount: number }
  | { kind: 'refund'; person: Person; sale: number; amount: number; refund: number }

/** What happens to one person: any of a click, a signup, a stored attribution, up to three sales, each refunded in steps. */
const factsOf = (person: Person): fc.Arbitrary<Fact[]> =>
  fc
    .record({
      early: fc.subarray(['click', 'signup', 'stored'] as const),
      sales: fc.uniqueArray(
        fc.record({
          amount: fc.integer({ min: 1, max: 50_000 }),
          reported: fc.boolean(),
          refunds: fc.array(fc.integer({ min: 1, max: 30_000 }), { maxLength: 3 }),
        }),
        { maxLength: 3, selector: ({ amount }) => amount },
      ),
    })
    .map(({ early, sales }) => [
      ...early.map((kind) => ({ kind, person })),
      ...sales.flatMap(({ amount, reported, refunds }, sale): Fact[] => [
        { kind: 'sale', person, sale, amount },
        ...(reported ? [{ kind: 'report', person, sale, amount } as const] : []),
        ...refunds.map((back, refund) => ({ kind: 'refund', person, sale, amount: back, refund }) as const),
      ]),
    ])

const history = fc
  .tuple(...(Object.keys(PEOPLE) as Person[]).map(factsOf))
  .map((facts) => facts.flat())
  .chain((facts) => {
    const shuffled = fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length })
    return fc.record({ one: shuffled.map(refundsLast), other: shuffled.map(refundsLast) })
  })

/** The same order, but each refund somewhere after its sale. */
function refundsLast(facts: Fact[]): Fact[] {
  const done = new Set<string>()
  const waiting: Fact[] = []
  const ordered: Fact[] = []
  for (const fact of facts) {
    const sale = 'sale' in fact ? `${fact.person} ${fact.sale}` : ''
    if (fact.kind === 'refund' && !done.has(sale)) waiting.push(fact)
    else ordered.push(fact)
    if (fact.kind !== 'sale') continue
    done.add(sale)
    ordered.push(...waiting.filter((one) => 'sale' in one && `${one.person} ${one.sale}` === sale))
  }
  return ordered
}

describe('promise 11: order does not matter', () => {
  withProgramme(
    'two shuffles of the same clicks, signups, stored attributions, sales, reports and refunds end the same',
    async (programme) => {
      for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
      let round = 0
      await fc.assert(
        fc.asyncProperty(history, async ({ one, other }) => {
          round += 1
          expect(await outcomeOf(programme, one, `${round}a`)).toEqual(await outcomeOf(programme, other, `${round}b`))
        }),
        { numRuns: programme.engine === 'sqlite' ? 25 : 8 },
      )
    },
    120_000,
  )

  withProgramme(
    'order does matter for a sale without a clue, for two affiliates of one customer, and for two signups',
    async (programme) => {
      for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
      const sell = (id: string, person: string, code: string | null) =>
        programme.deliver(checkout({ id, amount: 5000, code, email: `${person}@example.com` }))
      const signUp = (person: string, code: string) =>
        programme.report({
          project_id: programme.projectId,
          type: 'signup',
          email: `${person}@example.com`,
          referral_code: code,
        })
      const ownerOf = async (id: string) =>
        (
          await programme.db
            .selectFrom('conversion')
            .select('affiliate_id')
            .where('external_id', '=', `pi_${id}`)
            .executeTakeFirstOrThrow()
        ).affiliate_id

      // A sale that names nobody is whose the person is at that moment, and is not moved afterwards.
      await sell('before', 'pia', null)
      await signUp('pia', 'ANN')
      await signUp('pat', 'ANN')
      await sell('after', 'pat', null)
      expect([await ownerOf('before'), await ownerOf('after')]).toEqual([null, 1])

      // Whoever brought the first payment keeps the customer, also against a later sale's own code.
      await sell('first', 'pim', 'BEN')
      await sell('second', 'pim', 'ANN')
      expect([await ownerOf('first'), await ownerOf('second')]).toEqual([2, 2])

      // Until a payment the first attribution stands, but a sale's own code comes before it.
      await signUp('pol', 'ANN')
      await signUp('pol', 'BEN')
      await sell('silent', 'pol', null)
      await signUp('pam', 'ANN')
      await sell('coded', 'pam', 'BEN')
      expect([await ownerOf('silent'), await ownerOf('coded')]).toEqual([1, 2])
    },
  )
})

/** Lets it happen to people of this name, and tells what changed. */
async function outcomeOf(programme: Programme, facts: Fact[], name: string) {
  const before = await standing(programme)
  for (const fact of facts) await happen(programme, fact, name)
  const after = await standing(programme)
  const { db } = programme
  const people = await db
    .selectFrom('referral')
    .select(['email', 'affiliate_id', 'status'])
    .where('email', 'like', `%-${name}@example.com`)
    .execute()
  const sales = await db
    .selectFrom('conversion')
    .innerJoin('referral', 'referral.id', 'conversion.referral_id')
    .select(['referral.email', 'type', 'conversion.affiliate_id', 'conversion.status', 'amount', 'refunded'])
    .where('email', 'like', `%-${name}@example.com`)
    .execute()
  const anonymous = (row: { email: string }) => JSON.stringify({ ...row, email: row.email.split('-')[0] })
  return {
    earned: after.map((value, index) => value - (before[index] ?? 0)),
    people: people.map(anonymous).sort(),
    sales: sales.map(anonymous).sort(),
  }
}

/** Balances and counts of both affiliates, as one row of numbers. */
async function standing({ db }: Programme): Promise<number[]> {
  const rows = await db
    .selectFrom('affiliate')
    .leftJoin('balance', 'balance.affiliate_id', 'affiliate.id')
    .leftJoin('rollup', (join) =>
      join.onRef('rollup.affiliate_id', '=', 'affiliate.id').on('rollup.period', '=', 'all'),
    )
    .select(['balance.earned', 'balance.paid', 'rollup.clicks', 'rollup.signups', 'rollup.purchases'])
    .orderBy('affiliate.id')
    .execute()
  return rows.flatMap((row) => Object.values(row).map((value) => value ?? 0))
}

async function happen(programme: Programme, fact: Fact, name: string): Promise<void> {
  const { person } = fact
  const code = PEOPLE[person]
  const email = `${person}-${name}@example.com`
  const click_id = `click-${person}-${name}`
  const event = { email, referral_code: code, click_id }
  if (fact.kind === 'click') return ok(await programme.click(code, click_id))
  if (fact.kind === 'signup') return ok(await programme.report({ ...event, type: 'signup' }))
  if (fact.kind === 'stored')
    return ok(await programme.call('POST', '/store-attribution', { email, referral_code: code }))
  const id = `${person}-${name}-${fact.sale}`
  if (fact.kind === 'sale') return ok(await programme.deliver(checkout({ id, amount: fact.amount, code, email })))
  if (fact.kind === 'report')
    return ok(
      await programme.report({
        ...event,
        type: 'purchase',
        value: fact.amount / 100,
        idempotency_key: id,
      }),
    )
  const { db, clock, projectId } = programme
  const now = clock.now()
  await db.transaction().execute(async (tx) => {
    const sale = await tx
      .selectFrom('conversion')
      .select('id')
      .where('external_id', '=', `pi_${id}`)
      .executeTakeFirstOrThrow()
    const refund = { provider: 'stripe', external_id: `re_${id}-${fact.refund}`, amount: fact.amount, reason: null }
    await recordRefund(tx, await getProject(tx, projectId), sale.id, { ...refund, occurred_at: now }, now)
  })
}

const ok = ({ status, body }: { status: number; body: unknown }) =>
  expect([200, 202], JSON.stringify(body)).toContain(status)
