/** What every command needs: the database as it may use it, closed again afterwards, and which one it is. */
import type { Context } from '../context.ts'
import { knownToInstallation } from '../core/project/installation.ts'
import { getProject } from '../core/project/project.ts'
import { retried } from '../db/retried.ts'
import type { Project } from '../db/schema.ts'
import { databaseName, openContext, openExisting } from '../start.ts'
import { printNote } from './print.ts'

/** `config.publicUrl` is the server's own where this command was given none. */
export interface CommandContext extends Context {
  /** The address and where it is from, as a clause. */
  publicUrlSource: string
}

type Work<T, C = CommandContext> = (context: C) => Promise<T>
export type ProjectContext = CommandContext & { project: Project }

/** For commands that change nothing: no database is made or upgraded, and it is opened for reading alone. */
export const whileReading = <T>(work: Work<T>): Promise<T> => using(openExisting(process.env, 'read'), work)

/** For commands that change something; says where. */
export const whileChanging = <T>(work: Work<T>): Promise<T> =>
  using(openExisting(process.env, 'write'), announced(work))

/** For the commands that may make the database. */
export const whileCreating = <T>(work: Work<T, CommandContext & { migrated: string[] }>): Promise<T> =>
  using(openContext(process.env), announced(work))

/** @throws DomainError 'project_not_found', so that nobody takes a wrong number for an empty list */
export const readProject = <T>(projectId: number, work: Work<T, ProjectContext>): Promise<T> =>
  whileReading(ofProject(projectId, work))

/** @throws DomainError 'project_not_found' */
export const changeProject = <T>(projectId: number, work: Work<T, ProjectContext>): Promise<T> =>
  whileChanging(ofProject(projectId, work))

/** Says whose addresses a command prints; on stderr, so that its output stays what it is. */
export const notePublicUrl = ({ publicUrlSource }: CommandContext): void =>
  printNote(`Addresses are those of PUBLIC_URL ${publicUrlSource}`)

const ofProject =
  <T>(projectId: number, work: Work<T, ProjectContext>): Work<T> =>
  async (context) =>
    work({ ...context, project: await retried(context.db, (tx) => getProject(tx, projectId)) })

const announced =
  <T, C extends CommandContext>(work: Work<T, C>): Work<T, C> =>
  (context) => {
    printNote(`Database ${databaseName(context.config)}, PUBLIC_URL ${context.publicUrlSource}`)
    return work(context)
  }

async function using<T, C extends Context>(opening: Promise<C>, work: Work<T, C & CommandContext>): Promise<T> {
  const opened = await opening
  try {
    const { publicUrl, source } = await addressOf(opened)
    return await work({ ...opened, config: { ...opened.config, publicUrl }, publicUrlSource: source })
  } finally {
    await opened.db.destroy()
  }
}

async function addressOf({ db, config }: Context): Promise<{ publicUrl: string; source: string }> {
  const ofServer = await knownToInstallation(db, 'public_url')
  const own = config.publicUrl
  if (process.env['PUBLIC_URL'])
    return {
      publicUrl: own,
      source: ofServer === undefined || ofServer === own ? own : `${own} (the server was started with ${ofServer})`,
    }
  if (ofServer !== undefined) return { publicUrl: ofServer, source: `${ofServer} (as the server was started)` }
  return { publicUrl: own, source: `${own} (not set, and no server was started on this database yet)` }
}
