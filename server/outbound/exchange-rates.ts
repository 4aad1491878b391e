/** Exchange rates from a file or an address, in the shape most services give: `{ base, date, rates: { USD: 1.08 } }`. */
import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { parseCurrency } from '../core/kit/money.ts'
import type { Day } from '../db/schema.ts'
import { boundedText } from './bounded.ts'

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

const TIMEOUT_MS = 10_000
/** All currencies there are take four kilobytes. */
const MOST_BYTES = 1024 * 1024
/** Rates are kept with ten decimals; beyond these bounds one would be zero, or nonsense. */
const SMALLEST = 1e-9
const LARGEST = 1e9

/**
 * @param from a path, or an https address
 * @param timeoutMs for the whole answer
 * @throws Error with one sentence: unreadable, or not in the shape above
 */
export async function loadRates(from: string, timeoutMs = TIMEOUT_MS): Promise<Rates> {
  const remote = /^https?:/.test(from)
  const text = await (remote ? fetchText(from, timeoutMs) : readText(from)).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new Error(`The exchange rates at ${from} cannot be read: ${reason}`, { cause: error })
  })
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
    if (code && !(Number(rate) >= SMALLEST && Number(rate) <= LARGEST))
      throw new Error(
        `The exchange rates at ${from}: rates.${code}: expected a rate between ${SMALLEST} and ${LARGEST}, got ${rate}`,
      )
    return code ? [[code, decimal(rate)] as const] : []
  })
  if (known.length === 0) throw new Error(`The exchange rates at ${from}: rates: expected at least one currency`)
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

const readText = (file: string): Promise<string> => boundedText(createReadStream(file), MOST_BYTES)

async function fetchText(address: string, timeoutMs: number): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(address, { signal, redirect: 'error' })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`it answered with ${response.status}`)
    }
    return response.body ? await boundedText(response.body, MOST_BYTES) : ''
  } catch (error) {
    if (signal.aborted) throw new Error(`no whole answer within ${timeoutMs / 1000} s`, { cause: error })
    throw error
  }
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
