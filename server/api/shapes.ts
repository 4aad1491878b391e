/** Shapes that every list of REST v1 shares. */
import { z } from 'zod'

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

export const ok = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data })

export const listOf = <T extends z.ZodType>(row: T) =>
  z.object({
    success: z.literal(true),
    data: z.array(row),
    pagination: z.object({ limit: z.number(), offset: z.number(), total: z.number(), has_more: z.boolean() }),
  })

export const page = <T>(rows: T[], total: number, { limit, offset }: { limit: number; offset: number }) => ({
  success: true as const,
  data: rows,
  pagination: { limit, offset, total, has_more: offset + rows.length < total },
})
