/**
 * The anchor: a small file outside of the database that remembers what was committed (core/anchor.ts). Lines are only added;
 * the newest of a feed or chain counts. Each ends in a checksum: a line that was torn by a crash, or damaged, is as if it were
 * not there, so that the file is at worst older than the database, which is as it should be.
 */
import { createReadStream } from 'node:fs'
import { appendFile, open, rename, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { crc32 } from 'node:zlib'
import { type Mark, nameOf, type Position } from './core/ledger/anchor.ts'

export interface Anchor {
  marks: Mark[]
  /** undefined: there is no anchor yet. */
  position: Position | undefined
  /** Of the file, with those that newer ones made superfluous. */
  lines: number
}

const HEAD = '# What refgrow committed, to notice when the database lost some of it: see docs/self-host.md.\n'

/** @returns an empty one where there is no file */
export async function readAnchor(file: string): Promise<Anchor> {
  const newest = new Map<string, Mark>()
  let position: Position | undefined
  let lines = 0
  const input = createReadStream(file, 'utf8')
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      lines += 1
      const read = parse(line)
      if (!read) continue
      if (!('kind' in read)) position = read
      else if ((newest.get(nameOf(read))?.seq ?? 0) <= read.seq) newest.set(nameOf(read), read)
    }
  } catch (error) {
    if (!isMissing(error))
      throw new Error(`The anchor ${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  return { marks: [...newest.values()], position, lines }
}

/** Adds lines, beginning with an empty one: the last that was written may be torn. @returns how many */
export async function appendAnchor(file: string, marks: Mark[], position: Position): Promise<number> {
  const lines = [...marks.map(markLine), positionLine(position)]
  await appendFile(file, `\n${lines.join('')}`, { mode: 0o600 })
  return lines.length + 1
}

/** Puts a new file in the place of the old one, or leaves the old one as it is. @returns how many marks it holds */
export async function replaceAnchor(
  file: string,
  pages: AsyncIterable<Mark[]> | Iterable<Mark[]>,
  position: Position,
): Promise<number> {
  const fresh = `${file}.${process.pid}.new`
  let written = 0
  const handle = await open(fresh, 'w', 0o600)
  try {
    await handle.write(HEAD)
    for await (const marks of pages) {
      if (marks.length > 0) await handle.write(marks.map(markLine).join(''))
      written += marks.length
    }
    await handle.write(positionLine(position))
    await handle.sync()
  } catch (error) {
    await handle.close()
    await rm(fresh, { force: true })
    throw error
  }
  await handle.close()
  await rename(fresh, file)
  return written
}

const withSum = (text: string) => `${text} ${sumOf(text)}\n`
const sumOf = (text: string) => crc32(text).toString(16).padStart(8, '0')

const positionLine = ({ event, entry }: Position) => withSum(`read ${event} ${entry}`)
const markLine = (mark: Mark) =>
  withSum(
    mark.kind === 'feed'
      ? `feed ${mark.project_id} ${mark.seq}`
      : `chain ${mark.project_id} ${mark.affiliate_id} ${mark.seq} ${mark.hash}`,
  )

function parse(line: string): Mark | Position | undefined {
  const end = line.lastIndexOf(' ')
  if (end < 0 || sumOf(line.slice(0, end)) !== line.slice(end + 1)) return undefined
  const [kind, ...fields] = line.slice(0, end).split(' ')
  const [a = NaN, b = NaN, c = NaN] = fields.map(Number)
  if (kind === 'read') return { event: a, entry: b }
  if (kind === 'feed') return { kind, project_id: a, seq: b }
  if (kind === 'chain') return { kind, project_id: a, affiliate_id: b, seq: c, hash: fields[3] ?? '' }
  return undefined
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'
