/** The page a person gets where a program gets an error: an address with nothing behind it, too many requests, a fault of ours. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { escapeHtml, languageFor, sendPage, wantsPage } from './hosted-page.ts'
import { type PageText, sayIn } from './page-words.ts'

export interface Mistake {
  status: number
  /** The error's code, as programs see it. */
  code: string
}

/** @returns undefined where a program is asking */
export const mistakePage =
  (languages: readonly string[]) =>
  (request: FastifyRequest, reply: FastifyReply, mistake: Mistake): FastifyReply | undefined => {
    if (!wantsPage(request)) return undefined
    const language = languageFor(request, languages)
    const say = sayIn(language)
    const title = say(titleOf(mistake))
    return sendPage(reply.code(mistake.status), {
      language,
      title,
      hidden: true,
      theme: 'auto',
      body: `<main class="plain">
<h1>${escapeHtml(title)}</h1>
${mistake.status < 500 && mistake.status !== 429 ? `<p>${escapeHtml(say('missing.hint'))}</p>` : ''}
</main>`,
    })
  }

function titleOf({ status, code }: Mistake): PageText {
  if (code === 'project_not_found') return 'problem.project_not_found'
  if (status === 429) return 'problem.rate_limited'
  return status >= 500 ? 'problem.internal' : 'missing.title'
}
