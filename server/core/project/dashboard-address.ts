/** Where affiliates find their dashboard. */
import type { Project } from '../../db/schema.ts'
import { settingsOf } from './settings.ts'

/**
 * The page of the company's own, else the portal; null where only that page can say who is looking and it is not known.
 * @param publicUrl where browsers reach this server
 */
export function dashboardAddress(project: Pick<Project, 'id' | 'settings'>, publicUrl: string): string | null {
  const { dashboard_url, identity_verification } = settingsOf(project)
  return dashboard_url ?? (identity_verification ? null : `${publicUrl}/portal/${project.id}`)
}
