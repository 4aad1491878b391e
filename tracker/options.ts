/** How the site wants to be tracked: the attributes of the script element. */

/** Modules and late readers have no current script: the element that carries the project is the next best. */
const selector = 'script[data-project-id]'
const script = document.currentScript?.closest<HTMLElement>(selector) ?? document.querySelector<HTMLElement>(selector)

export const {
  projectId,
  param = 'ref',
  cookieDays = 90,
  cookieDomain,
  consent,
  api = (script as HTMLScriptElement | null)?.src,
  debug,
} = (script?.dataset ?? {}) as Record<string, string | undefined>
