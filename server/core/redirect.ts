/** Where a referral link leads. */
import type { Tx } from '../db/schema.ts'
import { codeKey } from './referral-code.ts'
import { settingsOf } from './settings.ts'

export interface Redirect {
  project_id: number
  code: string
  website: string
  /** The URL parameter the tracker looks for. */
  param: string
}

/**
 * The one active affiliate's link with this code, and the home page for codes nobody has.
 * Without a project the code must be unique among all projects, and the home page that of the only project.
 */
export async function findRedirects(
  tx: Tx,
  code: string,
  projectId: string | undefined,
): Promise<{ found: Redirect | undefined; home: Redirect | undefined }> {
  const id = projectId === undefined ? undefined : /^\d{1,15}$/.test(projectId) ? Number(projectId) : -1
  const links = await tx
    .selectFrom('link')
    .innerJoin('project', 'project.id', 'link.project_id')
    .select(['project.id as project_id', 'project.website', 'project.settings', 'link.code'])
    .where('link.code_key', '=', codeKey(code))
    .$if(id !== undefined, (query) => query.where('project.id', '=', id as number))
    .limit(2)
    .execute()
  const projects = await tx
    .selectFrom('project')
    .select(['id as project_id', 'website', 'settings'])
    .$if(id !== undefined, (query) => query.where('id', '=', id as number))
    .limit(2)
    .execute()
  return {
    found: links.length === 1 ? toRedirect(links[0]) : undefined,
    home: projects.length === 1 ? toRedirect(projects[0]) : undefined,
  }
}

function toRedirect(
  row: { project_id: number; website: string | null; settings: string; code?: string } | undefined,
): Redirect | undefined {
  if (!row?.website) return undefined
  return { project_id: row.project_id, code: row.code ?? '', website: row.website, param: settingsOf(row).param }
}
