/** Exchange rates from a file or an address, in the shape most services give: `{ base, date, rates: { USD: 1.08 } }`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { parseCurrency } from '../core/money.ts'
import type { Day } from '../db/schema.ts'

const Document = z.object({
  base: z.string('expected a currency such as EUR'),
  date: z.iso.date('expected a day such as 2026-11-20'),
  rates: z.record(
    z.string(),
    z.union([z.number().positive(), z.string().regex(/^\d+(\.\d+)?$/)]),
    'expected rates such as { "USD": 1.08 }',
  ),
})

export interface Rates {
  base: string
  day: Day
  /** Quote currency -> what one unit of the base is worth in it, a decimal text. */
  rates: Record<string, string>
  /** Where they are from: a file's name or a host. */
  source: string
}

const TIMEOUT_MS = 15_000

/**
 * @param from a path, or an https address
 * @throws Error with one sentence: unreadable, or not in the shape above
 */
export async function loadRates(from: string): Promise<Rates> {
  const remote = /^https?:/.test(from)
  const text = remote ? await fetchText(from) : await readText(from)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new Error(`The exchange rates at ${from} are no JSON`)
  }
  const result = Document.safeParse(document)
  if (!result.success) {
    const { path, message } = result.error.issues[0] ?? { path: [], message: 'unexpected' }
    throw new Error(`The exchange rates at ${from}: ${path.join('.') || 'document'}: ${message}`)
  }
  const { base, date, rates } = result.data
  const known = Object.entries(rates).flatMap(([currency, rate]) => {
    const code = codeOf(currency)
    return code ? [[code, decimal(rate)] as const] : []
  })
  return {
    base: parseCurrency(base),
    day: date,
    rates: Object.fromEntries(known),
    source: remote ? new URL(from).host : (from.split('/').at(-1) ?? from),
  }
}

/** What EXCHANGE_RATES names is read once a day: a file that is not there is said when the server starts. */
export async function checkRatesFile(from: string | undefined): Promise<void> {
  if (from === undefined || /^https?:/.test(from)) return
  await loadRates(from).catch((error: Error) => {
    throw new Error(`EXCHANGE_RATES is wrong. ${error.message}`, { cause: error })
  })
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : message
    throw new Error(`The exchange rates at ${file} cannot be read: ${reason}`, { cause: error })
  }
}

async function fetchText(address: string): Promise<string> {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  if (!response.ok) throw new Error(`The exchange rates at ${address} answered with ${response.status}`)
  return response.text()
}

/** Metals, crypto and other codes that are no ISO 4217 currency are left out. */
function codeOf(currency: string): string | undefined {
  try {
    return parseCurrency(currency)
  } catch {
    return undefined
  }
}

/** Never in exponent notation: 1e-7 is "0.0000001". */
const decimal = (rate: number | string): string =>
  typeof rate === 'string' ? rate : rate.toFixed(10).replace(/\.?0+$/, '')
