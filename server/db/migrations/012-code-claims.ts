/** A code in all its spellings is one affiliate's: `ref_ANN` is read as `ANN`, so whoever has the one has the other. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const codeClaims = (engine: Engine): Migration => ({
  async up(db) {
    const { int, clustered } = words(engine)
    // Without an affiliate: the id of a coupon at Stripe, which several may share.
    await sql
      .raw(
        `create table code_claim (
      project_id ${int} not null references project (id), spelling text not null,
      affiliate_id ${int} references affiliate (id), primary key (project_id, spelling)) ${clustered}`,
      )
      .execute(db)
    await sql`create index code_claim_affiliate on code_claim (affiliate_id)`.execute(db)

    // Who had a code first keeps it: links before coupons, in the order they were made.
    for (const [table, column] of [
      ['link', 'code'],
      ['coupon', 'coupon_code'],
      ['coupon', 'lemonsqueezy_discount_code'],
      ['coupon', 'stripe_coupon_id'],
    ] as const)
      for (let last = 0; ;) {
        const { rows } = await sql<{ id: number; project_id: number; affiliate_id: number; code: string }>`
          select id, project_id, affiliate_id, ${sql.ref(column)} as code from ${sql.table(table)}
          where id > ${last} and ${sql.ref(column)} is not null order by id limit 1000`.execute(db)
        const claims = rows
          .filter(({ code }) => !code.startsWith('deleted:'))
          .map(
            ({ project_id, affiliate_id, code }) =>
              sql`(${project_id}, ${spellingOf(code)}, ${column === 'stripe_coupon_id' ? null : affiliate_id})`,
          )
        if (claims.length > 0)
          await sql`insert into code_claim (project_id, spelling, affiliate_id) values ${sql.join(claims)}
            on conflict do nothing`.execute(db)
        const end = rows.at(-1)
        if (!end || rows.length < 1000) break
        last = end.id
      }
  },
})

const spellingOf = (code: string) =>
  code
    .trim()
    .toLowerCase()
    .replace(/^(ref_)+(?=.)/, '')
