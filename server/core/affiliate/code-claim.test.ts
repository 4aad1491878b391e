/** A code in all its spellings is one affiliate's: nobody takes another's sales with a code that reads like theirs. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { migrations } from '../../db/migrate.ts'
import { onBothDatabases } from '../../test/databases.ts'
import { checkout, createProgramme, type Programme, withProgramme } from '../../test/programme.ts'
import { createAffiliate } from './affiliate.ts'
import { type Clues } from '../conversion/attribution.ts'
import { findCandidates } from '../conversion/candidates.ts'
import { deleteAffiliate } from '../erasure/delete.ts'
import { DomainError } from '../kit/errors.ts'
import { getProject } from '../project/project.ts'
import { claimedSpelling, spellingsOf } from './code.ts'
import { chooseSlug } from './slug.ts'

test('a value is looked up as it came, then without each prefix; what can be no code is left out', () => {
  expect(spellingsOf('ANN')).toEqual(['ann'])
  expect(spellingsOf('ref_ANN')).toEqual(['ref_ann', 'ann'])
  expect(spellingsOf('REF_ref_ANN')).toEqual(['ref_ref_ann', 'ref_ann', 'ann'])
  expect(spellingsOf('ref_')).toEqual(['ref_'])
  expect(spellingsOf('a b')).toEqual([])
  expect(spellingsOf(`ref_${'a'.repeat(64)}`)).toEqual(['a'.repeat(64)])
})

test('whatever is looked up, and whatever finds it, is claimed as one', () => {
  const code = fc.stringMatching(/^(ref_|REF_|Ref_){0,4}[A-Za-z0-9_-]{1,12}$/)
  fc.assert(
    fc.property(code, (value) => {
      for (const spelling of spellingsOf(value)) expect(claimedSpelling(spelling)).toBe(claimedSpelling(value))
    }),
  )
})

withProgramme(
  'the slug ref_ANN is refused while ANN is another, and the sale with ref_ANN is ANN’s',
  async (programme) => {
    const { db, projectId, clock, deliver, addAffiliate, set } = programme
    await set({ custom_slugs: true })
    const [ann, evil] = [await addAffiliate('ANN'), await addAffiliate('EVIL')]
    const choose = (id: number, slug: string) =>
      db.transaction().execute(async (tx) => chooseSlug(tx, await getProject(tx, projectId), { id }, slug, clock.now()))
    for (const slug of ['ref_ANN', 'REF_ann', 'ref_ref_Ann'])
      await expect(choose(evil, slug)).rejects.toMatchObject({ code: 'code_taken', field: 'slug' })
    await deliver(checkout({ id: 'one', amount: 5000, code: 'ref_ANN' }))
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })

    // Their own code in another spelling is theirs to choose.
    await choose(ann, 'ref_ANN')
    await deliver(checkout({ id: 'two', amount: 5000, code: 'ref_ANN', email: 'two@example.com' }))
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '20.00' })
    const { link_id } = await db
      .selectFrom('conversion')
      .select('link_id')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    const link = await db.selectFrom('link').select('code').where('id', '=', link_id).executeTakeFirstOrThrow()
    expect(link.code).toBe('ref_ANN')
  },
)

withProgramme(
  'every door refuses what reads as a code of another, and names the field',
  async ({ call, addAffiliate }) => {
    await addAffiliate('ANN')
    await addAffiliate('ref_BEN')
    const made = {
      affiliate_id: 1,
      coupon_code: 'ANN10',
      lemonsqueezy_discount_code: 'LEMON 10',
      stripe_coupon_id: 'co_ann',
    }
    expect((await call('POST', '/coupons', made)).status).toBe(201)
    expect((await call('POST', '/coupons', { affiliate_id: 2, coupon_code: 'BEN' })).status).toBe(201)

    const refused = async (method: 'POST' | 'PUT', path: string, body: object, code: string, field: string) => {
      const answer = await call(method, path, body)
      expect([body, answer.status, answer.body.code ?? answer.body.error?.code]).toEqual([body, 409, code])
      expect(JSON.stringify(answer.body)).toContain(field)
    }
    for (const referral_code of ['ann', 'REF_ANN', 'ref_ref_ann', 'ann10', 'ref_ANN10', 'BEN', 'co_ann'])
      await refused('POST', '/affiliates', { email: 'x@example.com', referral_code }, 'code_taken', referral_code)
    await refused('PUT', '/affiliates/ann@example.com', { referral_code: 'ben' }, 'code_taken', 'ben')
    for (const coupon_code of ['ANN', 'ref_ANN', 'ann10', 'REF_ann10', 'co_ann'])
      await refused('POST', '/coupons', { affiliate_id: 2, coupon_code }, 'coupon_exists', 'coupon_code')
    for (const taken of ['ANN', 'ann10', 'lemon 10', 'co_ann'])
      await refused(
        'POST',
        '/coupons',
        { affiliate_id: 2, coupon_code: 'NEW', lemonsqueezy_discount_code: taken },
        'coupon_exists',
        'lemonsqueezy_discount_code',
      )
    for (const taken of ['ANN10', 'ann'])
      await refused(
        'POST',
        '/coupons',
        { affiliate_id: 2, coupon_code: 'NEW', stripe_coupon_id: taken },
        'coupon_exists',
        'stripe_coupon_id',
      )
    await refused('PUT', '/coupons/2', { coupon_code: 'ref_ANN' }, 'coupon_exists', 'coupon_code')
    await refused('PUT', '/coupons/2', { stripe_coupon_id: 'ANN10' }, 'coupon_exists', 'stripe_coupon_id')
    await refused('PUT', '/coupons/2', { affiliate_id: 1 }, 'coupon_exists', 'coupon_code')

    // Of one coupon at Stripe, several affiliates may hand out promotion codes.
    expect(
      (await call('POST', '/coupons', { affiliate_id: 2, coupon_code: 'BEN10', stripe_coupon_id: 'co_ann' })).status,
    ).toBe(201)
  },
)

withProgramme(
  'an affiliate may have their own code as a coupon, and a code is free when nothing uses it any more',
  async (programme) => {
    const { call, addAffiliate, db, projectId, clock } = programme
    await addAffiliate('ANN')
    await addAffiliate('BEN')
    const give = async (affiliate_id: number, coupon_code: string, more = {}) =>
      (await call('POST', '/coupons', { affiliate_id, coupon_code, ...more })).status
    expect(await give(1, 'ANN', { stripe_coupon_id: 'ANN', lemonsqueezy_discount_code: 'ref_ANN' })).toBe(201)
    expect((await call('DELETE', '/coupons/1')).status).toBe(204)
    expect(await give(2, 'ANN')).toBe(409)

    expect(await give(1, 'SUMMER')).toBe(201)
    expect(await give(2, 'ref_SUMMER')).toBe(409)
    const { id: summer } = await db.selectFrom('coupon').select('id').executeTakeFirstOrThrow()
    expect((await call('PUT', `/coupons/${summer}`, { coupon_code: 'AUTUMN' })).status).toBe(200)
    expect(await give(2, 'ref_SUMMER')).toBe(201)
    expect((await call('PUT', `/coupons/${summer}`, { affiliate_id: 2 })).status).toBe(200)
    expect(await give(1, 'AUTUMN')).toBe(409)
    expect((await call('DELETE', `/coupons/${summer}`)).status).toBe(204)
    expect(await give(1, 'autumn')).toBe(201)

    await db.transaction().execute(async (tx) => {
      const ann = await tx.selectFrom('affiliate').selectAll().where('id', '=', 1).executeTakeFirstOrThrow()
      await deleteAffiliate(tx, await getProject(tx, projectId), ann, clock.now())
    })
    expect((await call('POST', '/affiliates', { email: 'new@example.com', referral_code: 'ref_ANN' })).status).toBe(201)
    // Another program has its own codes.
    const other = await programme.addProject('Other')
    expect(
      (await call('POST', '/affiliates', { email: 'x@example.com', referral_code: 'BEN' }, other.apiKey)).status,
    ).toBe(201)
  },
)

withProgramme('of two affiliates who ask at once for two spellings, one has it', async ({ db, projectId, clock }) => {
  for (let round = 0; round < 10; round++) {
    const codes = [`C${round}`, `ref_C${round}`, `REF_ref_c${round}`, `c${round}`]
    const made = await Promise.allSettled(
      codes.map((referral_code, index) =>
        db
          .transaction()
          .execute((tx) =>
            createAffiliate(tx, projectId, { email: `${round}-${index}@example.com`, referral_code }, clock.now()),
          ),
      ),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of made)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'code_taken', field: 'referral_code' })
  }
})

describe('random codes', () => {
  const SPELLINGS = ['one', 'ref_one', 'ref_ref_one', 'two', 'ref_two', 'ONE', 'Ref_Two', 'ref_']
  const spelling = fc.constantFrom(...SPELLINGS)
  const who = fc.nat(2)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('code' as const), who, code: spelling }),
    fc.record({ kind: fc.constant('slug' as const), who, code: spelling }),
    fc.record({ kind: fc.constant('coupon' as const), who, code: spelling }),
    fc.record({ kind: fc.constant('typed' as const), who, code: spelling }),
    fc.record({ kind: fc.constant('stripe' as const), who, code: spelling }),
    fc.record({ kind: fc.constant('delete coupon' as const), who, code: spelling }),
  )

  onBothDatabases(
    'every spelling leads to at most one affiliate, and whoever had it first keeps it',
    async (fresh) => {
      const programme = await createProgramme(fresh)
      const { db, clock } = programme
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
          round += 1
          const { projectId, apiKey } = await programme.addProject(`P${round}`)
          await db
            .updateTable('project')
            .set({ settings: '{"custom_slugs":true}' })
            .where('id', '=', projectId)
            .execute()
          const ids: number[] = []
          for (const name of ['x', 'y', 'z'])
            ids.push(
              (
                await db
                  .transaction()
                  .execute((tx) =>
                    createAffiliate(
                      tx,
                      projectId,
                      { email: `${name}@example.com`, referral_code: `own-${name}` },
                      clock.now(),
                    ),
                  )
              ).id,
            )
          const owners = new Map<string, number>()
          for (const one of steps) {
            const id = ids[one.who] as number
            await run(programme, projectId, apiKey, id, one)
            for (const value of SPELLINGS) {
              const found = await ownersOf(programme, projectId, value)
              expect(found.size, `${value} after ${JSON.stringify(steps)}`).toBeLessThanOrEqual(1)
              const [owner] = found
              const key = claimedSpelling(value)
              const before = owners.get(key)
              if (owner !== undefined && before !== undefined && (await stillHas(programme, before, key)))
                expect(owner).toBe(before)
              if (owner !== undefined) owners.set(key, owner)
            }
          }
        }),
        { numRuns: programme.engine === 'sqlite' ? 60 : 15 },
      )
      await programme.app.close()
    },
    180_000,
  )

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

  /** Done, or refused with 409 or 400. */
  async function run(
    { db, clock, call }: Programme,
    projectId: number,
    key: string,
    id: number,
    one: Step,
  ): Promise<void> {
    if (one.kind === 'slug') {
      const choosing = db
        .transaction()
        .execute(async (tx) => chooseSlug(tx, await getProject(tx, projectId), { id }, one.code, clock.now()))
      return choosing.catch((error: unknown) => expect(error).toBeInstanceOf(DomainError))
    }
    const coupon = { affiliate_id: id, coupon_code: one.code }
    const other = { affiliate_id: id, coupon_code: `c-${one.kind}-${id}-${claimedSpelling(one.code)}` }
    const answer = await {
      code: () => call('PUT', `/affiliates/${id}`, { referral_code: one.code }, key),
      coupon: () => call('POST', '/coupons', coupon, key),
      typed: () => call('POST', '/coupons', { ...other, lemonsqueezy_discount_code: one.code }, key),
      stripe: () => call('POST', '/coupons', { ...other, stripe_coupon_id: one.code }, key),
      'delete coupon': async () => {
        const row = await db
          .selectFrom('coupon')
          .select('id')
          .where('affiliate_id', '=', id)
          .orderBy('id')
          .executeTakeFirst()
        return row ? call('DELETE', `/coupons/${row.id}`, undefined, key) : { status: 200 }
      },
    }[one.kind]()
    expect([200, 201, 204, 409]).toContain(answer.status)
  }

  /** Whoever a sale with this value would be credited to, by any kind of hint. */
  async function ownersOf({ db }: Programme, projectId: number, value: string): Promise<Set<number>> {
    const hints: Clues[] = [
      { client_reference: value },
      { metadata: value },
      { click: value },
      { coupon: value },
      { coupon_ids: [value] },
    ]
    const found = new Set<number>()
    for (const clues of hints)
      for (const { affiliate } of await db
        .transaction()
        .execute((tx) => findCandidates(tx, projectId, { clues, source: 'provider' }, null)))
        if (affiliate) found.add(affiliate.id)
    return found
  }

  async function stillHas({ db }: Programme, affiliateId: number, key: string): Promise<boolean> {
    const links = await db.selectFrom('link').select('code').where('affiliate_id', '=', affiliateId).execute()
    const coupons = await db
      .selectFrom('coupon')
      .select(['coupon_code', 'lemonsqueezy_discount_code'])
      .where('affiliate_id', '=', affiliateId)
      .execute()
    return [...links, ...coupons]
      .flatMap((row) => Object.values(row))
      .some((code) => code !== null && claimedSpelling(code) === key)
  }
})

onBothDatabases('the migration gives a code to whoever had it first', async (fresh) => {
  const programme = await createProgramme(fresh)
  const { db, engine } = programme
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('EVIL')
  await programme.call('POST', '/coupons', { affiliate_id: 2, coupon_code: 'EVIL10', stripe_coupon_id: 'co_1' })
  await sql`drop table code_claim`.execute(db)
  // As it could be before.
  const link = { project_id: programme.projectId, affiliate_id: 2, is_primary: 0, created_at: programme.clock.now() }
  await db
    .insertInto('link')
    .values({ ...link, code: 'ref_ANN', code_key: 'ref_ann' })
    .execute()
  await migrations['012-code-claims']?.(engine).up(db)
  expect(await db.selectFrom('code_claim').select(['spelling', 'affiliate_id']).orderBy('spelling').execute()).toEqual([
    { spelling: 'ann', affiliate_id: 1 },
    { spelling: 'co_1', affiliate_id: null },
    { spelling: 'evil', affiliate_id: 2 },
    { spelling: 'evil10', affiliate_id: 2 },
  ])
  await programme.app.close()
})
