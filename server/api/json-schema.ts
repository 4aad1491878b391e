/** zod's schemas as JSON Schema, without what only a program that writes them needs. */
import { z } from 'zod'

export type JsonSchema = { [name: string]: unknown }

/** Schemas with an id of their own (`.meta({ id })`) go to `schemas`, where all may refer to them. */
export function jsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, unknown> = {},
): JsonSchema {
  const {
    $schema: _,
    $defs,
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // zod drops the examples of whatever holds a lenient field; ours are of the input.
      const { examples } = z.globalRegistry.get(zodSchema) ?? {}
      if (examples) jsonSchema.examples = examples as never
      // The format says it; the pattern is a line long and nobody reads it.
      if (jsonSchema.format) delete jsonSchema.pattern
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  const rename = (part: unknown) => JSON.parse(JSON.stringify(part).replaceAll('#/$defs/', '#/components/schemas/'))
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = rename(definition)
  return rename(own)
}
