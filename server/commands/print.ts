/** What commands print: results on stdout, what accompanies them on stderr. */

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

export const printLine = (text: string): void => void process.stdout.write(`${text}\n`)

/** On stderr: what a person should know beside the result. */
export const printNote = (text: string): void => void process.stderr.write(`${text}\n`)

type Row = Record<string, string | number | null>

/** Rows in columns, with a head, numbers at the right; nothing but the sentence when there are none. */
export function printTable(rows: Row[], none: string): void {
  const head = Object.keys(rows[0] ?? {})
  if (head.length === 0) return printLine(none)
  const columns = head.map((name) => {
    const cells = rows.map((row) => oneLine(String(row[name] ?? '-')))
    const width = Math.max(name.length, ...cells.map((cell) => cell.length))
    const isNumeric = cells.every((cell) => NUMBER.test(cell)) && cells.some((cell) => cell !== '-')
    const fill = (cell: string) => (isNumeric ? cell.padStart(width) : cell.padEnd(width))
    return [name, ...cells].map(fill)
  })
  for (let line = 0; line <= rows.length; line++)
    printLine(
      columns
        .map((column) => column[line])
        .join('  ')
        .trimEnd(),
    )
}

/** Names and values one below the other; what is not there is left out. */
export function printFacts(facts: Record<string, string | number | null | undefined>): void {
  const known = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined)
  const width = Math.max(...known.map(([name]) => name.length))
  for (const [name, value] of known) printLine(`${name.padEnd(width)}  ${oneLine(String(value))}`)
}

/** Counts and amounts, with their currencies. */
const NUMBER = /^(-|-?\d+(\.\d+)?( [A-Z]{3})?(, -?\d+(\.\d+)? [A-Z]{3})*)$/

/** Names come from anybody: nothing in them moves the cursor or turns the direction of the line. */
const oneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
