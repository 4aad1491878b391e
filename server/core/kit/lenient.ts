/** What cannot be misunderstood is understood, at every door: `"250"` is 250, `"true"` is true, an empty code is none. */
import { z } from 'zod'

/** A number, also as the text that is exactly this number: forms and PHP send `"250"`. `"250abc"` and `""` stay wrong. */
export const numeric = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(readNumber, schema)

const readNumber = (given: unknown) =>
  typeof given === 'string' && /^\s*-?\d{1,16}(\.\d{1,16})?\s*$/.test(given) ? Number(given) : given

/** The id of a row, in a body. */
export const rowId = numeric(
  z.int('expected a whole number').min(1, 'expected at least 1').max(Number.MAX_SAFE_INTEGER),
)

/** true or false, also as text. */
export const flag = z.preprocess(
  (given) => (given === 'true' ? true : given === 'false' ? false : given),
  z.boolean('expected true or false'),
)

/** Text that may be absent: null and blank text are no text. */
export const orNone = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .preprocess((given) => (typeof given === 'string' && given.trim() === '' ? null : given), schema.nullable())
    .optional()
