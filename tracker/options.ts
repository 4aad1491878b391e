/** How the site wants to be tracked: the attributes of the script element. */

const current = document.currentScript as HTMLScriptElement | null

/** Modules and late readers have no current script: the element that carries the project is the next best. */
export const script = current?.dataset.projectId
  ? current
  : document.querySelector<HTMLScriptElement>('script[data-project-id]')

export const {
  projectId,
  param = 'ref',
  cookieDays = '90',
  cookieDomain,
  consent,
  api,
  debug,
} = (script?.dataset ?? {}) as Record<string, string | undefined>
