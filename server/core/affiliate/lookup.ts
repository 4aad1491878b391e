/** An affiliate as people at a terminal name them: by number, email or referral code. */
import type { Tx } from '../../db/schema.ts'
import { findAffiliate } from './affiliate.ts'
import { DomainError } from '../kit/errors.ts'
import { codeKey } from './code.ts'

/** A number is an id before it is a code. @throws DomainError 'affiliate_not_found' */
export async function affiliateNamed(tx: Tx, projectId: number, name: string): Promise<number> {
  const known =
    /^\d{1,15}$/.test(name) || name.includes('@') ? (await findAffiliate(tx, projectId, name))?.id : undefined
  const id = known ?? (await ownerOfCode(tx, projectId, name))
  if (id === undefined)
    throw new DomainError(
      'affiliate_not_found',
      `No affiliate "${name}" in project ${projectId}; expected a number, an email or a referral code`,
    )
  return id
}

async function ownerOfCode(tx: Tx, projectId: number, code: string): Promise<number | undefined> {
  const link = await tx
    .selectFrom('link')
    .innerJoin('affiliate', 'affiliate.id', 'link.affiliate_id')
    .select('link.affiliate_id')
    .where('link.project_id', '=', projectId)
    .where('link.code_key', '=', codeKey(code))
    .where('affiliate.deleted_at', 'is', null)
    .executeTakeFirst()
  return link?.affiliate_id
}
