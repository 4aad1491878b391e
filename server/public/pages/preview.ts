/**
 * The preview: what affiliates will see with the settings as they are, in any language and width, with numbers made up for
 * the purpose and said to be. It shows nothing of anybody; page.js runs as everywhere, told that its API lives here.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { getProject, parseProjectId } from '../../core/project/project.ts'
import type { Project } from '../../db/schema.ts'
import { zodRoutes } from '../../zod-routes.ts'
import { createAsset, EVERGREEN, SCRIPT, serveAsset } from '../scripts/asset.ts'
import { escapeHtml, languageFor, sendPage } from './hosted-page.ts'
import { sampleAffiliate } from './preview-sample.ts'
import { BODY_LIMIT, dashboardOf } from '../widget/dashboard.ts'
import type { Dashboard } from '../widget/contract.ts'
import { retried } from '../../db/retried.ts'

/** As an affiliate of some months, as one who just joined, as a visitor. */
const STATES = ['dashboard', 'empty', 'join'] as const
const THEMES = ['own', 'light', 'dark'] as const

const Choice = z.object({
  projectId: z.string(),
  state: z.enum(STATES).default('dashboard'),
  theme: z.enum(THEMES).default('own'),
})

export const previewRoutes =
  ({ config, db, clock }: Context, languages: readonly string[]) =>
  async (app: FastifyInstance) => {
    const toolbar = await createAsset(readFileSync(join(import.meta.dirname, 'preview-toolbar.js')), SCRIPT)
    app.get('/preview/toolbar.js', (request, reply) => serveAsset(toolbar, EVERGREEN, request, reply))

    app.get<{ Params: { projectId: string } }>('/preview/:projectId', async (request, reply) => {
      const project = await find(request.params.projectId)
      return sendPage(reply, {
        language: languageFor(request, languages, project),
        title: `Preview: ${project.name}`,
        hidden: true,
        theme: 'auto',
        head: '<script src="/page.js" async></script>\n<script src="/preview/toolbar.js" defer></script>\n',
        body: `<div class="preview" lang="en" dir="ltr">
<header>
<div><b>${escapeHtml(project.name)}</b> <p class="note">Preview with made-up numbers</p></div>
<form class="tools">
${choice('state', 'Seen by', [
  ['dashboard', 'an affiliate'],
  ['empty', 'a new affiliate'],
  ['join', 'a visitor'],
])}
${choice(
  'lang',
  'Language',
  languages.map((code) => [code, nameOf(code)]),
)}
${choice('theme', 'Colours', [
  ['own', 'as set'],
  ['light', 'light'],
  ['dark', 'dark'],
])}
${choice('width', 'Width', [
  ['', 'full'],
  ['768', '768 px'],
  ['360', '360 px'],
])}
</form>
</header>
<main>
<div id="refgrow" data-project-id="${project.id}" data-project-email="you@example.com" data-user-hash="preview" data-api="/preview/${project.id}/dashboard/own"></div>
</main>
</div>`,
      })
    })

    // What the dashboard asks for, in a place of its own, so that nothing real can be reached from here.
    await app.register(async (browsers) => {
      browsers.addContentTypeParser(
        'text/plain',
        { parseAs: 'string' },
        browsers.getDefaultJsonParser('ignore', 'ignore'),
      )
      const routes = zodRoutes(browsers)
      const prefix = '/preview/:projectId/:state/:theme'

      routes.post(
        `${prefix}/api/widget/dashboard`,
        { bodyLimit: BODY_LIMIT, schema: { params: Choice } },
        async ({ params }, reply) => {
          reply.header('cache-control', 'no-store')
          return { success: true as const, data: await show(params) }
        },
      )
      // There is no stream here: the dashboard asks from time to time instead. An error would stand in the owner's console.
      routes.post(`${prefix}/api/widget/live`, { bodyLimit: BODY_LIMIT }, (_request, reply) => reply.code(204).send())
      routes.post(`${prefix}/api/widget/*`, { bodyLimit: BODY_LIMIT }, () => {
        throw new DomainError('invalid_request', 'This is a preview: nothing is saved')
      })
      routes.get(
        `${prefix}/locales/:file`,
        { schema: { params: Choice.extend({ file: z.string() }) } },
        ({ params }, reply) => reply.redirect(`/locales/${encodeURIComponent(params.file)}`, 302),
      )
    })

    const find = (projectId: string): Promise<Project> => retried(db, (tx) => getProject(tx, parseProjectId(projectId)))

    async function show({ projectId, state, theme }: z.infer<typeof Choice>): Promise<Dashboard> {
      const now = clock.now()
      const shown = await retried(db, async (tx) => {
        const project = await getProject(tx, parseProjectId(projectId))
        return dashboardOf(tx, project, { email: null, proven: false }, now, config.publicUrl)
      })
      const { program } = shown
      const appearance = { ...program.appearance, ...(theme !== 'own' && { theme }) }
      const affiliate = state === 'join' ? null : sampleAffiliate(program, now, state === 'empty')
      return { program: { ...program, appearance }, proven: state !== 'join', affiliate }
    }
  }

function choice(name: string, label: string, options: (readonly [value: string, text: string])[]): string {
  const items = options.map(([value, text]) => `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`)
  return `<label>${label} <select name="${name}">${items.join('')}</select></label>`
}

const nameOf = (code: string): string => new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code
