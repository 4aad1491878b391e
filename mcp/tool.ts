/** One tool: a name, a description an assistant chooses by, an input, and the one call of the API it stands for. */
import type { CallToolResult, McpServer, ToolAnnotations } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { Api, ApiRequest } from './api.ts'

export interface Tool {
  name: string
  register(server: McpServer, api: Api): void
}

interface Definition<Input extends z.ZodObject> {
  title: string
  description: string
  input: Input
  hints: ToolAnnotations
  call: (input: z.infer<Input>) => ApiRequest
  /** What to say instead of the answer's JSON: a sentence for a 204, or the answer told in words. */
  tell?: (input: z.infer<Input>, answer: unknown) => string
}

/** Reads; changes nothing. */
export const READS = { readOnlyHint: true, idempotentHint: true, openWorldHint: false }
/** Adds something; the same call again is refused or adds once more. */
export const ADDS = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false }
/** Overwrites fields; the same call again changes nothing more. */
export const CHANGES = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false }
/** Removes for good; the same call again finds nothing. */
export const DELETES = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false }

export function tool<Input extends z.ZodObject>(name: string, definition: Definition<Input>): Tool {
  const { title, description, input, hints, call, tell } = definition
  const annotations = { title, ...hints }
  return {
    name,
    register(server, api) {
      const run = async (given: unknown): Promise<CallToolResult> => {
        try {
          const checked = given as z.infer<Input>
          const { status, body } = await api(call(checked))
          if (status >= 400) return failed(sentenceOf(status, body))
          const structuredContent = body === null ? { success: true } : (body as Record<string, unknown>)
          return { content: [text(tell?.(checked, body) ?? JSON.stringify(body))], structuredContent }
        } catch (error) {
          return failed(error instanceof Error ? error.message : String(error))
        }
      }
      // Unknown fields are an error an assistant can correct, not something to lose in silence.
      server.registerTool(name, { title, description, inputSchema: input.strict(), annotations }, run)
    },
  }
}

const text = (words: string) => ({ type: 'text' as const, text: words })

const failed = (sentence: string): CallToolResult => ({ content: [text(sentence)], isError: true })

/** The API's own sentence, where it gave one. */
function sentenceOf(status: number, body: unknown): string {
  const sentence = ErrorBody.safeParse(body)
  return sentence.success ? sentence.data.error : `The API answered ${status} without a reason`
}

const ErrorBody = z.object({ error: z.string() })

/** What lists share. */
export const pageInput = (defaultLimit: number) => ({
  limit: numeric(z.number().int().min(1).max(500))
    .optional()
    .describe(`How many rows to return, 1 to 500; ${defaultLimit} if left out.`),
  offset: numeric(z.number().int().min(0))
    .optional()
    .describe('How many rows to skip; 0 if left out. Add `limit` while `pagination.has_more` is true.'),
})

/** A number, also as the text that is exactly this number: assistants write "12" where 12 is expected. */
export const numeric = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^\s*-?\d{1,16}(\.\d{1,16})?\s*$/.test(given) ? Number(given) : given),
    schema,
  )

export const flag = () =>
  z.preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), z.boolean())

/** Text that may be left out: blank text is left out. */
export const optionalText = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .preprocess((given) => (typeof given === 'string' && given.trim() === '' ? undefined : given), schema.optional())
    .optional()

export const id = (what: string) => numeric(z.number().int().min(1)).describe(what)

/** The API has the one rule for addresses. */
export const email = (what: string) =>
  z
    .string()
    .trim()
    .max(254)
    .regex(/^\S+@\S+$/, 'expected an email address')
    .meta({ format: 'email' })
    .describe(what)

/** The path of one resource named by its e-mail. */
export const byEmail = (resource: string, address: string) => `/${resource}/${encodeURIComponent(address)}`
