/** Shapes that every list of REST v1 shares. */
import { z } from 'zod'
import { COUNTED, type Listed, type Page } from '../core/kit/listed.ts'
import { emailAddress, LONGEST_EMAIL } from '../core/kit/email-address.ts'

/** `limit` above 500 is cut to 500, as published clients expect; anything that is no number is an error. */
export const pageOf = (defaultLimit: number) => ({
  limit: z.coerce
    .number('expected a number')
    .int('expected a whole number')
    .min(1, 'expected at least 1')
    .default(defaultLimit)
    .transform((limit) => Math.min(limit, 500)),
  offset: z.coerce
    .number('expected a number')
    .int('expected a whole number')
    .min(0, 'expected at least 0')
    .max(Number.MAX_SAFE_INTEGER)
    .default(0),
})

export const id = z.coerce
  .number('expected a number')
  .int('expected a whole number')
  .min(1, 'expected at least 1')
  .max(Number.MAX_SAFE_INTEGER)

/** A person in a path: an email address, URL-encoded, or the id. Whatever was ever stored can be named. */
export const person = z
  .string()
  .trim()
  .max(LONGEST_EMAIL)
  .regex(/^(\d{1,15}|[^\s@]+@[^\s@]+)$/, 'expected an email address or a numeric id')

export const email = emailAddress

/** An amount in major units, as a number or a decimal text. */
export const money = z
  .union([z.number(), z.string().trim()], 'expected an amount such as 12.50')
  .refine((amount) => /^\d{1,13}(\.\d{1,8})?$/.test(String(amount)), 'expected an amount such as 12.50')

/** The body of a PUT: any of these fields, at least one; others are ignored. */
export const changeOf = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const expected = `expected an object with at least one of ${Object.keys(shape).join(', ')}`
  return z
    .object(shape, expected)
    .partial()
    .refine((body) => Object.values(body).some((value) => value !== undefined), expected)
}

export const ok = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data })

export const listOf = <T extends z.ZodType>(row: T) =>
  z.object({
    success: z.literal(true),
    data: z.array(row),
    pagination: z.object({
      limit: z.number(),
      offset: z.number(),
      total: z.number().describe(`How many there are; counted up to ${COUNTED}, from there on at least so many`),
      total_is_exact: z.literal(false).optional(),
      has_more: z.boolean(),
    }),
  })

export const page = <Row, Shown>(
  { rows, total, total_is_exact, has_more }: Listed<Row>,
  show: (row: Row) => Shown,
  { limit, offset }: Page,
) => ({
  success: true as const,
  data: rows.map((row) => show(row)),
  pagination: { limit, offset, total, ...(!total_is_exact && { total_is_exact: false as const }), has_more },
})
