/** The addresses an affiliate shares. */
import type { Project } from '../../db/schema.ts'
import { settingsOf } from '../project/settings.ts'

/** The company's site with the code for the tracker; null without a website. */
export function referralLink(website: string | null, param: string, code: string): string | null {
  if (!website || !URL.canParse(website)) return null
  const link = new URL(website)
  link.searchParams.set(param, code)
  return link.href
}

export interface Links {
  /** Counted by the tracker on the company's page. */
  link: string | null
  /** Counted by this server, which leads on to the website. */
  short_link: string | null
}

/** @param publicUrl where browsers reach this server */
export const linksOf = (project: Project, code: string, publicUrl: string): Links => ({
  link: referralLink(project.website, settingsOf(project).param, code),
  short_link: project.website ? `${publicUrl}/r/${project.id}/${code}` : null,
})
