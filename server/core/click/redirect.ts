/** Where a referral link leads. */
import type { Tx } from '../../db/schema.ts'
import { codeKey } from '../affiliate/code.ts'
import { settingsOf } from '../project/settings.ts'

export interface Home {
  website: string
  /** The URL parameter the tracker looks for. */
  param: string
}

export interface Redirect extends Home {
  project_id: number
  affiliate_id: number
  code: string
}

/** More projects than this do not have the same code by chance; of further ones the short link knows nothing. */
const NAMESAKES = 100

/**
 * The links with this code, the one that was made first before the others, whether or not its affiliate is active. A code is
 * as old as its link or as the choice of the code; a deleted affiliate's codes are free.
 * @param projectId in that project alone
 */
export async function findRedirects(tx: Tx, code: string, projectId: number | undefined): Promise<Redirect[]> {
  const links = await tx
    .selectFrom('link')
    .innerJoin('project', 'project.id', 'link.project_id')
    .select(['link.project_id', 'link.affiliate_id', 'link.code', 'project.website', 'project.settings'])
    .where('link.code_key', '=', codeKey(code))
    .where('project.website', 'is not', null)
    .$if(projectId !== undefined, (query) => query.where('link.project_id', '=', projectId as number))
    .orderBy('link.created_at')
    .orderBy('link.id')
    .limit(NAMESAKES)
    .execute()
  return links.map(({ project_id, affiliate_id, code, ...project }) => ({
    project_id,
    affiliate_id,
    code,
    ...homeOf(project),
  }))
}

/** Where a code that nobody has leads: to the project that was named, or to the only one there is. */
export async function findHome(tx: Tx, projectId: number | undefined): Promise<Home | undefined> {
  const projects = await tx
    .selectFrom('project')
    .select(['website', 'settings'])
    .$if(projectId !== undefined, (query) => query.where('id', '=', projectId as number))
    .limit(2)
    .execute()
  const [project, another] = projects
  return project?.website && !another ? homeOf(project) : undefined
}

const homeOf = (project: { website: string | null; settings: string }): Home => ({
  website: project.website ?? '',
  param: settingsOf(project).param,
})
