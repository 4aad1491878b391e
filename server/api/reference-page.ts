/** The API reference as one page: numbers and names first, no script, nothing loaded. */
import type { JsonSchema } from './json-schema.ts'
import type { OpenApi, Operation, Parameter } from './openapi-document.ts'

export function referencePage(document: OpenApi): string {
  const chapters = document.tags.map(({ name }) => ({
    name,
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { tags }]) => tags?.includes(name))
        .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    ),
  }))
  const events = Object.entries(document.webhooks).map(([name, { post }]) => ({ name, operation: post }))
  const url = document.servers[0]?.url ?? ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(document.info.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#reference">Skip the contents</a>
<nav aria-label="Contents">
<a class="chapter" href="#start">Start</a>
${chapters
  .map(
    ({ name, operations }) => `<a class="chapter" href="#${anchor(name)}">${escape(name)}</a>
${operations.map(({ operation }) => `<a href="#${escape(operation.operationId ?? '')}">${escape(operation.summary ?? '')}</a>`).join('\n')}`,
  )
  .join('\n')}
<a class="chapter" href="#webhook-events">Webhook events</a>
${events.map(({ operation }) => `<a href="#${escape(operation.operationId ?? '')}">${escape(operation.summary ?? '')}</a>`).join('\n')}
</nav>
<main id="reference">
<section id="start">
<h1>${escape(document.info.title)}</h1>
${START.map((text) => `<p>${inline(text)}</p>`).join('\n')}
<pre tabindex="0">${escape(`curl ${url}/api/v1/affiliates \\\n  -H "Authorization: Bearer $REFGROW_API_KEY"`)}</pre>
<p><a href="/openapi.json">openapi.json</a> is the same in OpenAPI 3.1, for programs.</p>
</section>
${chapters
  .map(
    ({ name, operations }) => `<section id="${anchor(name)}"><h2>${escape(name)}</h2>
${operations.map((operation) => showOperation(operation, url)).join('\n')}
</section>`,
  )
  .join('\n')}
<section id="webhook-events"><h2>Webhook events</h2>
${events.map(({ name, operation }) => showEvent(name, operation)).join('\n')}
</section>
</main>
</body>
</html>
`
}

const START = [
  'Every request carries an API key: `Authorization: Bearer rgk_...`. Reading needs the scope `read`, everything else `write`.',
  'Answers are `{ "success": true, "data": ... }`. A refusal is `{ "success": false, "error": "a sentence", "code": "a_name" }`; the sentence names the field and what was expected.',
  'Lists take `limit`, at most 500, and `offset`, and answer `pagination` with `total` and `has_more`.',
  'A POST with an `Idempotency-Key` is executed once, and its answer is given again for 24 hours with `Idempotent-Replayed: true`.',
  '`X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix seconds) tell where you stand; a 429 carries `Retry-After`.',
]

function showOperation(
  { method, path, operation }: { method: string; path: string; operation: Operation },
  url: string,
): string {
  const [status, success] = Object.entries(operation.responses)[0] ?? []
  const body = operation.requestBody?.content['application/json']
  const answer = success?.content?.['application/json']
  const parameters = operation.parameters.filter((parameter) => parameter.in !== 'header')
  return `<article id="${escape(operation.operationId ?? '')}">
<h3>${escape(operation.summary ?? '')}</h3>
<p class="route"><b>${method}</b> <code>${escape(path).replaceAll('/', '/<wbr>')}</code></p>
${operation.description ? `<p>${inline(operation.description)}</p>` : ''}
${table('Parameters', parameters.map(parameterRow))}
${body ? table('Body', fieldRows(body.schema)) : ''}
<pre tabindex="0">${escape(curl(method, url + path, parameters, body?.example))}</pre>
<p class="label">Answer ${status ?? ''}</p>
${answer ? `<pre tabindex="0">${escape(JSON.stringify(answer.example, null, 2))}</pre>${details('Fields', fieldRows(answer.schema))}` : '<p>No body.</p>'}
</article>`
}

/** What a receiver is sent. */
function showEvent(name: string, { operationId = '', summary = '', description = '', requestBody }: Operation): string {
  const body = requestBody?.content['application/json']
  return `<article id="${escape(operationId)}">
<h3>${escape(summary)}</h3>
<p class="route"><code>${escape(name)}</code></p>
<p>${inline(description)}</p>
<pre tabindex="0">${escape(JSON.stringify(body?.example, null, 2))}</pre>${details('Fields', fieldRows(body?.schema ?? {}))}
</article>`
}

interface Row {
  name: string
  type: string
  required: boolean
  description: string
}

const parameterRow = ({ name, required, schema, description = '' }: Parameter): Row => ({
  name,
  type: typeOf(schema),
  required,
  description,
})

/** The fields of an object and of the objects in it: `pagination.total`, `data[].id`. */
function fieldRows(schema: JsonSchema, prefix = ''): Row[] {
  const inner = objectIn(schema)
  const required = (inner?.['required'] ?? []) as string[]
  return Object.entries((inner?.['properties'] ?? {}) as Record<string, JsonSchema>).flatMap(([name, part]) => {
    const path = prefix + name
    const row = {
      name: path,
      type: typeOf(part),
      required: required.includes(name),
      description: (part['description'] as string | undefined) ?? '',
    }
    if (part['type'] === 'array') return [row, ...fieldRows((part['items'] ?? {}) as JsonSchema, `${path}[].`)]
    return [row, ...fieldRows(part, `${path}.`)]
  })
}

const objectIn = (schema: JsonSchema): JsonSchema | undefined =>
  schema['properties'] ? schema : ((schema['anyOf'] ?? []) as JsonSchema[]).find((part) => part['properties'])

function typeOf(schema: JsonSchema): string {
  const {
    enum: values,
    format,
    minimum,
    maximum,
    minLength,
    maxLength,
    pattern,
    anyOf,
    items,
  } = schema as {
    enum?: unknown[]
    format?: string
    minimum?: number
    maximum?: number
    minLength?: number
    maxLength?: number
    pattern?: string
    anyOf?: JsonSchema[]
    items?: JsonSchema
  }
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (values) return values.map(String).join(' | ')
  if ('const' in schema) return String(schema['const'])
  if (schema['type'] === 'array') return `list of ${typeOf(items ?? {})}`
  const type = [(schema['type'] as string | string[] | undefined) ?? 'any'].flat().join(' or ')
  const bounds = [
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && `to ${maximum}`,
    minLength !== undefined && `at least ${minLength}`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    pattern !== undefined && pattern.length <= SHORT && `matching ${pattern}`,
    schema['default'] !== undefined && `default ${JSON.stringify(schema['default'])}`,
  ].filter(Boolean)
  return [format ?? type, ...bounds].join(', ')
}

/** Longer patterns are better told in the description. */
const SHORT = 48

function table(caption: string, rows: Row[]): string {
  if (rows.length === 0) return ''
  return `<table><caption>${caption}</caption>
${rows
  .map(
    ({ name, type, required, description }) =>
      `<tr><th scope="row"><code>${escape(name)}</code>${required ? '' : '<span>optional</span>'}</th><td>${escape(type)}${description ? `<p>${inline(description)}</p>` : ''}</td></tr>`,
  )
  .join('\n')}
</table>`
}

const details = (title: string, rows: Row[]): string =>
  `<details><summary>${title}</summary>${table(title, rows).replace(/<caption>.*<\/caption>/, '')}</details>`

function curl(method: string, address: string, parameters: Parameter[], body: unknown): string {
  const path = address.replace(/\{(\w+)\}/g, (_, name: string) => (/mail/i.test(name) ? 'ann%40example.com' : '1'))
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name }) => `${name}=...`)
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"${path}${query.length > 0 ? `?${query.join('&')}` : ''}"`,
    '-H "Authorization: Bearer $REFGROW_API_KEY"',
    ...(body === undefined ? [] : ['-H "Content-Type: application/json"', `-d '${JSON.stringify(body)}'`]),
  ].join(' \\\n  ')
}

const anchor = (chapter: string): string => `chapter-${chapter.toLowerCase().replace(/\W+/g, '-')}`

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** `code` in a sentence. */
const inline = (text: string): string => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>')

const STYLE = `
:root { color-scheme: light dark; --ink: #17181a; --ground: #fff; --accent: #2f5bd3;
  --soft: color-mix(in srgb, var(--ink) 70%, transparent); --line: color-mix(in srgb, var(--ink) 12%, transparent);
  --faint: color-mix(in srgb, var(--ink) 6%, transparent) }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9eb; --ground: #16171a; --accent: #8fb0ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.4 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
a { color: var(--accent); text-underline-offset: 2px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.skip { position: absolute; left: -999px } .skip:focus { left: 16px; top: 8px; background: var(--ground) }
main { padding: 24px 16px; max-width: 760px; margin: 0 auto }
nav { padding: 16px; border-bottom: 1px solid var(--line); font-size: 13px }
nav a { display: block; padding: 4px 0; color: inherit; text-decoration: none }
nav a:hover { text-decoration: underline } nav a:not(.chapter) { padding-left: 16px }
.chapter { font-weight: 600 }
summary { cursor: pointer; padding: 4px 0; font-weight: 600 }
h1, h2 { font-size: 28px; line-height: 1.1; font-weight: 600; margin: 0 0 16px }
h2 { margin-top: 48px } h3 { font-size: 15px; font-weight: 600; margin: 0 0 8px }
article { border-top: 1px solid var(--line); padding: 24px 0; scroll-margin-top: 8px }
p { margin: 0 0 12px } .route { font-size: 15px } .label, caption, th span, details { font-size: 13px }
.label, caption, th span { color: var(--soft) }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
pre { background: var(--faint); border-radius: 8px; padding: 12px; margin: 0 0 16px; overflow: auto; max-height: 360px;
  overflow-wrap: normal }
table { width: 100%; border-collapse: collapse; margin: 0 0 16px } caption { text-align: left; padding: 0 0 4px }
th, td { text-align: left; vertical-align: top; font-weight: 400; padding: 8px 8px 8px 0; border-top: 1px solid var(--line) }
th { width: 44% } th span { display: block } td { font-size: 13px } td p { margin: 4px 0 0; color: var(--soft) }
@media (min-width: 960px) {
  body { display: grid; grid-template-columns: 260px 1fr }
  nav { position: sticky; top: 0; height: 100vh; overflow: auto; border: 0; border-right: 1px solid var(--line); padding: 24px 16px }
  main { margin: 0; padding: 24px 48px }
}
@media (max-width: 959px) { nav a { display: none } nav .chapter { display: inline-block; padding: 12px 16px 12px 0 } }
`
