/** Joining a programme through the widget: who may, what he is asked for, and who invited him. */
import type { Affiliate, Instant, Project, Tx } from '../db/schema.ts'
import { type AffiliateWithCode, createAffiliate } from './affiliate.ts'
import { ruleOf } from './commission.ts'
import { DomainError } from './errors.ts'
import { isInvited } from './invitation.ts'
import { languageTag } from './language.ts'
import { queueMail } from './mail.ts'
import { defaultCampaignId } from './project.ts'
import { codeKey } from './referral-code.ts'
import { type Settings, settingsOf } from './settings.ts'
import type { Sign } from './sign.ts'
import { welcome } from './welcome.ts'

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

/**
 * Makes an affiliate, `pending` where the owner wants to approve him first, and welcomes who need not wait.
 * @throws DomainError 'invalid_request' with the field | 'invite_needed' | 'already_joined'
 */
export async function joinProgramme(
  tx: Tx,
  project: Project,
  { email, fields = {}, invite, language = '', spoken }: Signup,
  sign: Sign,
  now: Instant,
): Promise<AffiliateWithCode> {
  const { signup, signup_fields } = settingsOf(project)
  const told = readFields(signup_fields, fields)
  const byOwner = invite !== undefined && isInvited(project.id, email, invite, sign, now)
  const inviter = invite === undefined || byOwner ? undefined : await findInviter(tx, project.id, invite)
  const door = doorFor(signup, { byOwner, byAffiliate: inviter !== undefined && (await hasSecondTier(tx, project.id)) })
  if (door === 'closed') throw new DomainError('invite_needed', 'This programme is open by invitation only')

  const affiliate = await createAffiliate(
    tx,
    project.id,
    { email, ...told, language: languageTag(language) ?? null, status: door, parent: inviter },
    now,
  ).catch(alreadyJoined)
  if (affiliate.status === 'active') await welcome(tx, project, affiliate, now, spoken)
  else await tellOwner(tx, project, affiliate, now)
  return affiliate
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
 * What somebody becomes. Who has the owner's invitation needs no approval. An affiliate's code opens no closed programme by
 * itself, because it stands in public links: where a second tier lets affiliates invite, the owner approves whom they bring.
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
 * What the programme asks for, on one line each; what it does not ask for is left out.
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

function alreadyJoined(error: unknown): never {
  if (error instanceof DomainError && error.code === 'affiliate_exists')
    throw new DomainError('already_joined', 'This e-mail has already joined', 'email')
  throw error
}
