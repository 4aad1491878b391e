/** Ids of clicks, as latest.js makes them too. */
import { randomBytes } from 'node:crypto'

/** Sorts by time, so that new ids stand side by side in an index: eight digits of milliseconds, then 72 random bits. */
export const newClickId = (): string => Date.now().toString(36) + randomBytes(9).toString('base64url')
