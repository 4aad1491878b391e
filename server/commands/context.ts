/** What every command needs: the open database, closed again afterwards, and a way to print. */
import { InvalidArgumentError } from 'commander'
import type { Context } from '../context.ts'
import { openContext } from '../start.ts'

export async function withContext<T>(work: (context: Context) => Promise<T>): Promise<T> {
  const context = await openContext(process.env)
  try {
    return await work(context)
  } finally {
    await context.db.destroy()
  }
}

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

export const printLine = (text: string): void => void process.stdout.write(`${text}\n`)

/** Rows in columns, with a head; nothing but the sentence when there are none. */
export function printTable(rows: Record<string, string | number | null>[], none: string): void {
  const head = Object.keys(rows[0] ?? {})
  if (head.length === 0) return printLine(none)
  const lines = [head, ...rows.map((row) => head.map((name) => String(row[name] ?? '-')))]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  for (const line of lines)
    printLine(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

/** @throws InvalidArgumentError, which commander shows with the option's name */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}
