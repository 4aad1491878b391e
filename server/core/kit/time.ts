/** Days and instants in UTC; Temporal does the arithmetic. */
import type { Day, Instant } from '../../db/schema.ts'

export const dayOf = (instant: Instant): Day => instant.slice(0, 10)

export const addDays = (day: Day, days: number): Day => Temporal.PlainDate.from(day).add({ days }).toString()

/** Exactly 24 hours a day: UTC has no daylight saving. */
export const addMonths = (instant: Instant, months: number): Instant =>
  toInstant(Temporal.Instant.from(instant).toZonedDateTimeISO('UTC').add({ months }).toInstant())

export const addHours = (instant: Instant, hours: number): Instant =>
  toInstant(Temporal.Instant.from(instant).add({ hours }))

export const addMinutes = (instant: Instant, minutes: number): Instant =>
  toInstant(Temporal.Instant.from(instant).add({ minutes }))

export const toInstant = (instant: Temporal.Instant): Instant => instant.toString({ fractionalSecondDigits: 3 })

export const fromEpochSeconds = (seconds: number): Instant =>
  toInstant(Temporal.Instant.fromEpochMilliseconds(seconds * 1000))

/** When held money becomes eligible: the first midnight UTC that is at least `holdDays` after the conversion; never early. */
export function releaseOf(occurredAt: Instant, holdDays: number): Instant {
  if (holdDays === 0) return occurredAt
  const atMidnight = occurredAt.endsWith('T00:00:00.000Z')
  return `${addDays(dayOf(occurredAt), holdDays + (atMidnight ? 0 : 1))}T00:00:00.000Z`
}
