/** What the attributes of a widget's element say. */

export interface Attributes {
  api: string
  project: string
  email: string
  hash: string
  /** Unix seconds, if the hash is made over them too. */
  hashAt: string
  lang: string
}

type Name = keyof Attributes
/** `own`: an element of our own, `<refgrow-dashboard>`; the other is the host page's `#refgrow`. */
export type Kind = 'page' | 'own'

/** What they are called on a page's element, and on one of our own. */
const NAMES: Record<Name, readonly [page: string, own: string]> = {
  project: ['data-project-id', 'project-id'],
  email: ['data-project-email', 'email'],
  hash: ['data-user-hash', 'user-hash'],
  hashAt: ['data-user-hash-at', 'user-hash-at'],
  lang: ['data-lang', 'lang'],
  api: ['data-api', 'api'],
}

export const nameOf = (kind: Kind, name: Name): string => NAMES[name][kind === 'own' ? 1 : 0]

export const namesOf = (kind: Kind): string[] => (Object.keys(NAMES) as Name[]).map((name) => nameOf(kind, name))

/** @param defaultApi where page.js came from */
export function readAttributes(element: HTMLElement, kind: Kind, defaultApi: string): Attributes {
  const of = (name: Name) => element.getAttribute(nameOf(kind, name))?.trim() ?? ''
  return {
    api: (of('api') || defaultApi).replace(/\/+$/, ''),
    project: of('project'),
    email: of('email'),
    hash: of('hash'),
    hashAt: of('hashAt'),
    lang: of('lang'),
  }
}
