/** The commands of README.md and docs/, as somebody would copy them into a shell. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

export const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)]

export interface DocumentedCommand {
  /** As it is printed. */
  text: string
  /** `NAME=value` before the program. */
  env: Record<string, string>
  words: string[]
}

/** What stands under one heading; its commands belong together. */
export interface Section {
  page: string
  heading: string
  text: string
  commands: DocumentedCommand[]
}

/** Every line of every shell block, and our own commands that stand whole within a sentence. */
export function sectionsOf(page: string): Section[] {
  const markdown = readFileSync(join(ROOT, page), 'utf8')
  return markdown
    .split(/^(?=#{2,} )/m)
    .map((text) => ({ page, heading: /^#+ (.*)/.exec(text)?.[1] ?? '', text, commands: commandsIn(text) }))
    .filter(({ commands }) => commands.length > 0)
}

const BLOCK = /^```(\w*)( example)?\n([\s\S]*?)^```/gm

function commandsIn(text: string): DocumentedCommand[] {
  const found: DocumentedCommand[] = []
  // Examples with an answer are whole programs of the shell: another test runs them.
  for (const [, language, example, body = ''] of text.matchAll(BLOCK))
    if (/^(sh|bash|shell|console)$/.test(language ?? '') && !example)
      for (const line of body.replaceAll(/\\\n\s*/g, ' ').split('\n')) found.push(...commandsOf(line))
  for (const span of inlineCode(text))
    if (OURS.test(span)) found.push(...commandsOf(`npm run -s refgrow -- ${span.replace(OURS, '')}`))
  return found
}

/** `npm run -s refgrow -- verify`, `refgrow invite --project 1 ann@example.com`, `settings set --project 1 theme dark` */
const OURS = /^(npm run -s refgrow -- (?!COMMAND)|refgrow (?=.*--project \d)|(?=[a-z]+ .*--project \d))/

export const inlineCode = (text: string): string[] =>
  [...text.replaceAll(BLOCK, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)

function commandsOf(line: string): DocumentedCommand[] {
  const commands: string[][] = [[]]
  for (const word of wordsOf(line)) {
    if (word === '&&') commands.push([])
    else commands.at(-1)?.push(word)
  }
  return commands
    .filter((words) => words.length > 0)
    .map((words) => {
      const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
      const env = words
        .slice(0, first)
        .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
      return { text: line.trim(), env: Object.fromEntries(env), words: words.slice(first) }
    })
}

/** As a shell splits a line: quotes, and a comment at the end. Variables stay as they are. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [part] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (part.startsWith('#')) break
    words.push(part.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''))
  }
  return words
}
