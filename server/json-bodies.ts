/**
 * How bodies are read, on all routes that do not say otherwise: JSON, also where no content type says so; an empty one is
 * none. The vendor's own client sends `Content-Type: application/json` with a DELETE that has no body.
 */
import { errorCodes, type FastifyBodyParser, type FastifyInstance } from 'fastify'

const asText = { parseAs: 'string' } as const

export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const json: FastifyBodyParser<string> = (request, body, done) =>
    body.trim() === '' ? done(null, undefined) : void parse(request, body, done)

  app.addContentTypeParser('application/json', asText, json)
  // `text/json`, `application/vnd.api+json`
  app.addContentTypeParser(/^(application|text)\/([\w.-]+\+)?json(;|$)/, asText, json)
  app.addContentTypeParser('*', asText, (request, body: string, done) => {
    if (body === '' || request.headers['content-type'] === undefined) return json(request, body, done)
    done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE())
  })
}
