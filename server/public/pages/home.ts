/** `/`: what this server is, and where everything is; for programs that ask for JSON the same in a line. */
import type { FastifyInstance } from 'fastify'
import type { Context } from '../../context.ts'
import { onlyProject } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import { retried } from '../../db/retried.ts'
import { EVERGREEN } from '../scripts/asset.ts'
import { escapeHtml, languageFor, sendPage, wantsPage } from './hosted-page.ts'
import { sayIn } from './page-words.ts'
import { portalSlug } from './portal.ts'

export const homeRoutes =
  ({ db }: Pick<Context, 'db'>, languages: readonly string[], version: string) =>
  async (app: FastifyInstance) => {
    // There is none; browsers ask all the same, and would show the 404 in their console.
    app.get('/favicon.ico', (_request, reply) => reply.code(204).header('cache-control', EVERGREEN).send())

    app.get('/', async (request, reply) => {
      if (!wantsPage(request))
        return {
          success: true,
          data: { name: 'Refgrow', version, reference: '/docs/api', openapi: '/openapi.json' },
        }

      const project = await retried(db, onlyProject)
      const language = languageFor(request, languages, project)
      const say = sayIn(language)
      // Where the company vouches for its visitors there is no portal.
      const portal = project && !settingsOf(project).identity_verification ? project : undefined
      const links = [
        ...(portal ? [[`/portal/${portalSlug(portal)}`, say('home.portal', { project: portal.name })]] : []),
        ['/docs/api', say('home.reference')],
        ['/openapi.json', 'openapi.json'],
      ] as [address: string, text: string][]
      return sendPage(reply, {
        language,
        title: 'Refgrow',
        hidden: true,
        theme: 'auto',
        body: `<main class="plain">
<h1>Refgrow</h1>
<p>${escapeHtml(say('home.what'))}</p>
<ul>
${links.map(([address, text]) => `<li><a href="${address}">${escapeHtml(text)}</a></li>`).join('\n')}
</ul>
</main>`,
      })
    })
  }
