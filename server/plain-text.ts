/** What no database can keep and no schema asks about: NUL characters, and bodies nested without end. */
import type { FastifyInstance } from 'fastify'
import { DomainError } from './core/kit/errors.ts'

/** Deeper than any body of the API. */
const DEEPEST = 32

/** Refuses such input before it is validated, by the name of its field. */
export function refuseUnstorable(api: FastifyInstance): void {
  api.addHook('preValidation', (request, _reply, done) => {
    done(problemIn(request.params) ?? problemIn(request.query) ?? problemIn(request.body))
  })
}

function problemIn(input: unknown): DomainError | undefined {
  const open: { value: unknown; path: string; depth: number }[] = [{ value: input, path: '', depth: 0 }]
  for (let part = open.pop(); part; part = open.pop()) {
    const { value, path, depth } = part
    if (typeof value === 'string' && value.includes('\0'))
      return new DomainError('invalid_request', `${path || 'body'}: expected text without NUL characters`)
    if (typeof value !== 'object' || value === null) continue
    if (depth > DEEPEST)
      return new DomainError(
        'invalid_request',
        `${path.split('.')[0] || 'body'}: expected at most ${DEEPEST} levels of nesting`,
      )
    for (const [name, inner] of Object.entries(value)) {
      if (name.includes('\0'))
        return new DomainError('invalid_request', `${path || 'body'}: expected names without NUL characters`)
      open.push({ value: inner, path: path ? `${path}.${name}` : name, depth: depth + 1 })
    }
  }
  return undefined
}
