/** A visitor's browser at the door of a program, and the mailbox that its codes arrive in. */
import type { Answer, Programme } from './programme.ts'

export interface Door {
  ask: (route: string, body?: object) => Promise<Answer>
  code: (email?: string, more?: object) => Promise<Answer>
  /** Presents the challenge of the last code that this browser asked for. */
  login: (code: string, email?: string, more?: object) => Promise<Answer>
  dashboard: (who?: object) => Promise<Answer>
  join: (email: string, form?: object) => Promise<Answer>
  /** Joins, reads the mail and enters its code. */
  enter: (email: string, form?: object) => Promise<Answer>
}

/** @param ip where it asks from, for a program whose TRUSTED_PROXIES names 127.0.0.1 */
export function doorOf(
  programme: Programme,
  { projectId = programme.projectId, ip }: { projectId?: number; ip?: string } = {},
): Door {
  const ann = 'ann@example.com'
  let challenge: string | undefined
  const ask = async (route: string, body: object = {}) => {
    const headers: Record<string, string> = ip ? { 'x-forwarded-for': ip } : {}
    const answer = await programme.post(`/api/widget/${route}`, { project_id: projectId, ...body }, headers)
    challenge = answer.body.data?.challenge ?? challenge
    return answer
  }
  const door: Door = {
    ask,
    code: (email = ann, more = {}) => ask('code', { email, ...more }),
    login: (code, email = ann, more = {}) => ask('login', { email, code, challenge, ...more }),
    dashboard: (who = {}) => ask('dashboard', who),
    join: (email, form = {}) => ask('join', { email, ...form }),
    async enter(email, form = {}) {
      const answer = await door.join(email, form)
      if (answer.status !== 202) return answer
      return door.login(await newestCode(programme), email, { join: form })
    },
  }
  return door
}

export interface MailedCode {
  recipient: string
  language: string
  code: string
  long: boolean
}

/** What the mails say that wait to be sent; in the database their codes are sealed. */
export async function codesMailed({ db, sealer }: Programme): Promise<MailedCode[]> {
  const mails = await db.selectFrom('mail').selectAll().where('template', '=', 'login_code').orderBy('id').execute()
  return mails.map(({ recipient, language, fields }) => {
    const { code, long } = JSON.parse(fields) as { code: string; long: boolean }
    return { recipient, language, code: sealer.open(code), long }
  })
}

export const newestCode = async (programme: Programme): Promise<string> =>
  (await codesMailed(programme)).at(-1)?.code ?? ''

export const wrongFor = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
