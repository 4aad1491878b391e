/** Invitations of the owner: a signed token that is good for thirty days, for one address or for whoever has it. Nothing is stored. */
import type { Instant, Project } from '../../db/schema.ts'
import { dashboardAddress } from '../project/dashboard-address.ts'
import { emailKey } from '../kit/email.ts'
import { sameSignature, type Sign } from '../kit/signing.ts'
import { addHours } from '../kit/time.ts'

const DAYS = 30

export interface Invitation {
  token: string
  /** A page with the dashboard, and the token; null where only the company's own page will do and `dashboard_url` is not set. */
  url: string | null
  email: string | null
  expires_at: Instant
}

/**
 * @param email null: anybody may use it, as often as he likes
 * @param publicUrl where browsers reach this server: its portal is the page of who has none of his own
 */
export function makeInvitation(
  project: Project,
  email: string | null,
  { sign, publicUrl }: { sign: Sign; publicUrl: string },
  now: Instant,
): Invitation {
  const expires_at = addHours(now, 24 * DAYS)
  const expires = Math.floor(Date.parse(expires_at) / 1000).toString(36)
  const token = `rgi_${expires}_${signatureOf(project.id, email, expires, sign)}`
  const page = dashboardAddress(project, publicUrl)
  const url = page === null ? null : new URL(page)
  url?.searchParams.set('refgrow_invite', token)
  return { token, url: url?.href ?? null, email, expires_at }
}

/** Did the owner of the project invite this address, or anybody, and is it still good? */
export function isInvited(projectId: number, email: string, token: string, sign: Sign, now: Instant): boolean {
  const [, expires, signature] = /^rgi_([0-9a-z]{1,10})_([\w-]{43})$/.exec(token) ?? []
  if (!expires || !signature || Number.parseInt(expires, 36) * 1000 <= Date.parse(now)) return false
  return [email, null].some((invited) => sameSignature(signature, signatureOf(projectId, invited, expires, sign)))
}

/** The address is signed, not told: a token stands in addresses of pages. */
const signatureOf = (projectId: number, email: string | null, expires: string, sign: Sign) =>
  sign(`invitation ${projectId} ${expires} ${email === null ? '' : emailKey(email)}`)
