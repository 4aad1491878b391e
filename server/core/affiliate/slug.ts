/** A code of the affiliate's own choice, beside the one he was given. */
import type { Affiliate, Instant, Project, Tx } from '../../db/schema.ts'
import { codeTaken } from './affiliate.ts'
import { claimCode, releaseCodes } from './code-claim.ts'
import { DomainError } from '../kit/errors.ts'
import { codeKey } from './code.ts'
import { settingsOf } from '../project/settings.ts'
import { unlessTaken } from '../kit/unique.ts'

/** All codes of one affiliate: nobody takes the good ones of a whole programme. */
const MOST_CODES = 5

/**
 * Changes the affiliate's second code; his first stays. What nobody ever followed is renamed; a code that is out in the world
 * goes on working as a further one.
 * @throws DomainError 'invalid_request' | 'code_taken' (in any spelling), both naming the field
 */
export async function chooseSlug(
  tx: Tx,
  project: Project,
  affiliate: Pick<Affiliate, 'id'>,
  slug: string,
  now: Instant,
): Promise<void> {
  if (!settingsOf(project).custom_slugs) throw wrong('expected none: this programme gives the codes')
  if (!/^[A-Za-z0-9_-]{3,32}$/.test(slug)) throw wrong('expected 3 to 32 letters, digits, hyphens or underscores')
  const affiliate_id = affiliate.id
  const claimant = { id: affiliate_id, project_id: project.id }
  const code = { code: slug, code_key: codeKey(slug) }
  // Two choices at once come one after the other.
  await tx.updateTable('affiliate').set({ updated_at: now }).where('id', '=', affiliate_id).execute()
  const links = await tx.selectFrom('link').selectAll().where('affiliate_id', '=', affiliate_id).execute()
  const current = links.find(({ is_primary, clicks_before }) => !is_primary && clicks_before !== null)
  const own = links.find(({ code_key }) => code_key === code.code_key)
  if (own?.is_primary) throw taken(slug)

  const clicks_before = await clicksOf(tx, project.id, affiliate_id)
  if (own) {
    if (current && current !== own) await change(tx, current.id, { clicks_before: null })
    // How often it was followed is not known any more: it is never renamed.
    return change(tx, own.id, { ...code, clicks_before: own === current ? current.clicks_before : NEVER_RENAMED })
  }
  if (current?.clicks_before === clicks_before && !(await everConverted(tx, affiliate_id, current.id))) {
    // A new code is as old as its choice: of two projects' equal codes the short link /r/CODE follows the older one.
    await unlessTaken(change(tx, current.id, { ...code, created_at: now }), () => taken(slug))
    await claimCode(tx, claimant, slug, () => taken(slug))
    return releaseCodes(tx, claimant, [current.code])
  }

  if (links.length >= MOST_CODES)
    throw wrong(
      `expected one of your ${MOST_CODES} codes: links with them are out in the world, and more are not given`,
    )
  const link = await tx
    .insertInto('link')
    .values({ project_id: project.id, affiliate_id, ...code, is_primary: 0, clicks_before, created_at: now })
    .onConflict((clash) => clash.columns(['project_id', 'code_key']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!link) throw taken(slug)
  await claimCode(tx, claimant, slug, () => taken(slug))
  if (current) await change(tx, current.id, { clicks_before: null })
}

/** No affiliate has so few clicks. */
const NEVER_RENAMED = -1

const wrong = (sentence: string) => new DomainError('invalid_request', `slug: ${sentence}`, 'slug')
const taken = (slug: string) => codeTaken(slug, 'slug')

async function change(
  tx: Tx,
  id: number,
  columns: { code?: string; code_key?: string; clicks_before?: number | null; created_at?: Instant },
): Promise<void> {
  await tx.updateTable('link').set(columns).where('id', '=', id).execute()
}

/**
 * Of all his codes, for clicks are counted per affiliate: when none came since a code was chosen, none came through it. That
 * some came through others keeps the code, which does no harm.
 */
async function clicksOf(tx: Tx, projectId: number, affiliateId: number): Promise<number> {
  const counted = await tx
    .selectFrom('rollup')
    .select('clicks')
    .where('affiliate_id', '=', affiliateId)
    .where('period', '=', 'all')
    .executeTakeFirst()
  const others = await tx
    .selectFrom('not_counted')
    .select((eb) => eb.fn.sum<number | null>('clicks').as('clicks'))
    .where('project_id', '=', projectId)
    .where('affiliate_id', '=', affiliateId)
    .executeTakeFirst()
  return (counted?.clicks ?? 0) + (others?.clicks ?? 0)
}

/** A code in a checkout's metadata needs no click. */
async function everConverted(tx: Tx, affiliateId: number, linkId: number): Promise<boolean> {
  const conversion = await tx
    .selectFrom('conversion')
    .select('id')
    .where('affiliate_id', '=', affiliateId)
    .where('link_id', '=', linkId)
    .limit(1)
    .executeTakeFirst()
  return conversion !== undefined
}
