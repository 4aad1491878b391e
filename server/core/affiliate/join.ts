/**
 * Joining a program through the widget: who may, what they are asked for, and who invited them. What a form says counts only
 * with a proof of its address; until then nothing of it is kept, so nobody can join, or choose a parent, for somebody else.
 */
import type { Affiliate, Instant, Project, Tx } from '../../db/schema.ts'
import { type AffiliateWithCode, createAffiliate, findAffiliate, getAffiliate } from './affiliate.ts'
import { ruleOf } from '../terms/rule.ts'
import { DomainError } from '../kit/errors.ts'
import { isInvited } from './invitation.ts'
import { languageTag } from '../project/language.ts'
import { queueMail } from '../news/mail.ts'
import { defaultCampaignId } from '../project/project.ts'
import { codeKey } from './code.ts'
import { type Settings, settingsOf } from '../project/settings.ts'
import type { Sign } from '../kit/signing.ts'
import { welcome } from './welcome-mail.ts'

type FieldId = Settings['signup_fields'][number]['id']

export interface Signup {
  email: string
  fields?: Partial<Record<FieldId, string | undefined>> | undefined
  /** The owner's invitation, or an affiliate's referral code. */
  invite?: string | undefined
  language?: string | undefined
  /** An `Accept-Language` header, for the welcome of somebody who named no language. */
  spoken?: string | undefined
}

/** What an application makes of its address. */
export interface Admission extends Partial<Pick<Affiliate, FieldId>> {
  status: 'active' | 'pending'
  /** The affiliate who invited. */
  parent: number | undefined
}

/**
 * Could this address join with this form? Whether it has joined already makes no difference.
 * @throws DomainError 'invalid_request' with the field | 'invite_needed'
 */
export async function checkSignup(
  tx: Tx,
  project: Project,
  { email, fields = {}, invite }: Signup,
  sign: Sign,
  now: Instant,
): Promise<Admission> {
  const { signup, signup_fields } = settingsOf(project)
  const told = readFields(signup_fields, fields)
  const byOwner = invite !== undefined && isInvited(project.id, email, invite, sign, now)
  const parent = invite === undefined || byOwner ? undefined : await findInviter(tx, project.id, invite)
  const status = doorFor(signup, {
    byOwner,
    byAffiliate: parent !== undefined && (await hasSecondTier(tx, project.id)),
  })
  if (status === 'closed') throw new DomainError('invite_needed', 'This program is open by invitation only')
  return { ...told, status, parent }
}

/**
 * Makes an affiliate of a proven address, `pending` where the owner wants to approve them first, and welcomes those who need
 * not wait. Those who have joined stay as they are.
 * @throws DomainError as `checkSignup`
 */
export async function joinProgramme(
  tx: Tx,
  project: Project,
  signup: Signup,
  sign: Sign,
  now: Instant,
): Promise<{ affiliate: AffiliateWithCode; joined: boolean }> {
  const { email, language = '', spoken } = signup
  const known = await findAffiliate(tx, project.id, email)
  if (known) return { affiliate: known, joined: false }

  const admission = await checkSignup(tx, project, signup, sign, now)
  const affiliate = await createAffiliate(
    tx,
    project.id,
    { email, ...admission, language: languageTag(language) ?? null },
    now,
  ).catch(unlessJoined)
  // The same person pressed twice.
  if (!affiliate) return { affiliate: await getAffiliate(tx, project.id, email), joined: false }
  if (affiliate.status === 'active') await welcome(tx, project, affiliate, now, spoken)
  else await tellOwner(tx, project, affiliate, now)
  return { affiliate, joined: true }
}

/** Without this mail the owner would not learn that someone applied. */
async function tellOwner(tx: Tx, project: Project, { id, email, ...told }: Affiliate, now: Instant): Promise<void> {
  const { owner_email, language } = settingsOf(project)
  if (owner_email === null) return
  const { name, company, website } = told
  const fields = { affiliate: email, affiliate_id: id, name, company, website }
  const once_key = `application ${id}`
  await queueMail(tx, project, { recipient: owner_email, template: 'application', language, fields, once_key }, now)
}

/**
 * What an applicant becomes. The owner's invitation makes approval unnecessary. An affiliate's code does not open a closed
 * program by itself, because it stands in public links: where a second tier lets affiliates invite, the owner approves whom
 * they bring.
 */
export function doorFor(
  signup: Settings['signup'],
  { byOwner, byAffiliate }: { byOwner: boolean; byAffiliate: boolean },
): 'active' | 'pending' | 'closed' {
  if (signup === 'public' || byOwner) return 'active'
  return signup === 'approval' || byAffiliate ? 'pending' : 'closed'
}

const LONGEST: Record<FieldId, number> = { name: 200, company: 200, website: 500 }

/**
 * What the program asks for, on one line each; what it does not ask for is left out.
 * @throws DomainError 'invalid_request' with the field
 */
export function readFields(
  asked: Settings['signup_fields'],
  given: Signup['fields'] = {},
): Partial<Pick<Affiliate, FieldId>> {
  const told: Partial<Pick<Affiliate, FieldId>> = {}
  for (const { id, required } of asked) {
    const text = (given[id] ?? '').replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
    if (text === '' && required) throw wrong(id, 'this is needed')
    if (text.length > LONGEST[id]) throw wrong(id, `expected at most ${LONGEST[id]} characters`)
    told[id] = text === '' ? null : id === 'website' ? siteOf(text) : text
  }
  return told
}

/** People leave `https://` out. */
function siteOf(text: string): string {
  const site = text.includes('://') ? text : `https://${text}`
  if (!/^https?:\/\/[^/\s]+\.[^/\s]+/i.test(site) || !URL.canParse(site))
    throw wrong('website', 'expected an address such as https://example.com')
  return site
}

const wrong = (field: FieldId, problem: string) => new DomainError('invalid_request', `${field}: ${problem}`, field)

/** Whose referral code it is: an active affiliate's id. */
async function findInviter(tx: Tx, projectId: number, code: string): Promise<number | undefined> {
  const link = await tx
    .selectFrom('link')
    .innerJoin('affiliate', 'affiliate.id', 'link.affiliate_id')
    .select('affiliate.id')
    .where('link.project_id', '=', projectId)
    .where('link.code_key', '=', codeKey(code))
    .where('affiliate.status', '=', 'active')
    .where('affiliate.deleted_at', 'is', null)
    .executeTakeFirst()
  return link?.id
}

const hasSecondTier = async (tx: Tx, projectId: number): Promise<boolean> =>
  ((await ruleOf(tx, await defaultCampaignId(tx, projectId)))?.second_kind ?? null) !== null

function unlessJoined(error: unknown): undefined {
  if (error instanceof DomainError && error.code === 'affiliate_exists') return undefined
  throw error
}
