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

const NAMES: Record<Kind, Record<Name, string>> = {
  page: {
    project: 'data-project-id',
    email: 'data-project-email',
    hash: 'data-user-hash',
    hashAt: 'data-user-hash-at',
    lang: 'data-lang',
    api: 'data-api',
  },
  own: {
    project: 'project-id',
    email: 'email',
    hash: 'user-hash',
    hashAt: 'user-hash-at',
    lang: 'lang',
    api: 'api',
  },
}

export const nameOf = (kind: Kind, name: Name): string => NAMES[kind][name]

export const namesOf = (kind: Kind): string[] => Object.values(NAMES[kind])

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
