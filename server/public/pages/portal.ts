/** The portal: the dashboard as a page of its own, for affiliates of a company that embeds it nowhere. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { getProject } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import type { Project } from '../../db/schema.ts'
import { escapeHtml, languageFor, sendPage, wantsPage } from './hosted-page.ts'
import { sayIn } from './page-words.ts'
import { retried } from '../../db/retried.ts'

/** `acme-tools-12`: the name for people, the number for us, so that a renamed project keeps its old addresses. */
export const portalSlug = ({ id, name }: Pick<Project, 'id' | 'name'>): string => {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
  return words ? `${words}-${id}` : String(id)
}

export const portalRoutes =
  ({ db }: Context, languages: readonly string[]) =>
  async (app: FastifyInstance) => {
    app.get<{ Params: { slug: string } }>('/portal/:slug', async (request, reply) => {
      const { slug } = request.params
      const id = Number(/(?:^|-)(\d{1,15})$/.exec(slug)?.[1] ?? Number.NaN)
      const project = await retried(db, (tx) => getProject(tx, Number.isSafeInteger(id) ? id : 0))
      const settings = settingsOf(project)
      // Only the company's own page can say who is looking.
      if (settings.identity_verification) {
        if (wantsPage(request)) return sendClosed(request, reply, project)
        throw new DomainError('portal_closed', `${project.name} shows its affiliate dashboard on its own site only`)
      }

      const search = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
      const own = portalSlug(project)
      if (slug !== own) return reply.header('cache-control', 'no-cache').redirect(`/portal/${own}${search}`, 302)

      const name = escapeHtml(project.name)
      return sendPage(reply, {
        language: languageFor(request, languages, project),
        title: settings.title ?? project.name,
        theme: settings.theme,
        head: '<script src="/page.js" async></script>\n',
        body: `<header>${project.website ? `<a href="${escapeHtml(project.website)}">${name}</a>` : `<b>${name}</b>`}</header>
<main>
<div id="refgrow" data-project-id="${project.id}"></div>
</main>`,
      })
    })

    function sendClosed(request: FastifyRequest, reply: FastifyReply, project: Project): FastifyReply {
      const language = languageFor(request, languages, project)
      const title = sayIn(language)('closed.title', { project: project.name })
      const website = escapeHtml(project.website ?? '')
      return sendPage(reply.code(404), {
        language,
        title,
        hidden: true,
        theme: settingsOf(project).theme,
        body: `<main class="plain">
<h1>${escapeHtml(title)}</h1>
${website && `<p><a href="${website}">${website.replace(/^https?:\/\//, '')}</a></p>`}
</main>`,
      })
    }
  }
