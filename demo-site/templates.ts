/**
 * Fills the pages of the shop, a small part of Mustache:
 * `{{name}}` is a value, always escaped; `{{#name}}...{{/name}}` shows when it is true, or once for each item of a list;
 * `{{^name}}...{{/name}}` shows when it is not; `{{> file}}` is replaced by pages/partials/file.html.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface Values {
  [name: string]: string | number | boolean | Values[] | undefined
}

/** Reads every page of the folder once; the answer fills one of them by name. */
export function loadPages(folder: URL): (page: string, values: Values) => string {
  const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')
  const pages = new Map<string, string>()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.html'))) {
    const html = read(file).replace(/^( *)\{\{> (\w+)\}\}$/gm, (_, indent: string, partial: string) =>
      read(`partials/${partial}.html`).trim().replace(/^/gm, indent),
    )
    pages.set(file.slice(0, -'.html'.length), html.replace(/^ *(\{\{[#^/]\w+\}\})\n/gm, '$1'))
  }

  return (page, values) => {
    const template = pages.get(page)
    if (template === undefined) throw new Error(`There is no page ${page}.html in ${folder.pathname}`)
    return fill(template, values)
  }
}

export function fill(template: string, values: Values): string {
  return template.replace(
    /\{\{([#^])(\w+)\}\}([\s\S]*?)\{\{\/\2\}\}|\{\{(\w+)\}\}/g,
    (_, kind: '#' | '^' | undefined, section: string, inner: string, name: string) => {
      if (kind === undefined) return escapeHtml(valueOf(values, name))
      const value = values[section]
      const shown = Array.isArray(value) ? value.length > 0 : Boolean(value)
      if (kind === '^') return shown ? '' : fill(inner, values)
      if (Array.isArray(value)) return value.map((item) => fill(inner, { ...values, ...item })).join('')
      return shown ? fill(inner, values) : ''
    },
  )
}

function valueOf(values: Values, name: string): string {
  const value = values[name]
  if (value === undefined || Array.isArray(value)) throw new Error(`The page needs a value for {{${name}}}`)
  return String(value)
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
