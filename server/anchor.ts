/** Compares the database with its anchor when the server starts, and lets the anchor follow while it runs. */
import { appendAnchor, readAnchor, replaceAnchor } from './anchor-file.ts'
import {
  allMarks,
  lostSince,
  type Mark,
  marksSince,
  nameOf,
  newestPosition,
  type Position,
} from './core/ledger/anchor.ts'
import type { Db } from './db/schema.ts'
import type { Job } from './jobs/job.ts'

/** Rows read once more each time: on PostgreSQL a transaction that took its numbers earlier may be committed later. */
const OVERLAP = 200
/** Superfluous lines, besides as many as there are others. */
const SUPERFLUOUS = 20_000

/**
 * Refuses a database that lost what its anchor remembers.
 * @param file absent: no anchor is kept, and nothing is compared
 * @throws Error with one sentence that names the file and what to do
 */
export async function openAnchor(db: Db, file: string | undefined): Promise<AnchorKeeper | undefined> {
  if (file === undefined) return undefined
  const { marks, position, lines } = await readAnchor(file)
  const [lost, ...more] = await lostSince(db, marks)
  if (lost !== undefined)
    throw new Error(
      `The database lost what ${file} remembers as committed: ${lost}${more.length > 0 ? ` (and ${more.length} more)` : ''}. ` +
        'Restore the newest backup, or run "refgrow verify" to see all of it and "refgrow verify --accept" to go on with the database as it is (docs/self-host.md)',
    )
  return new AnchorKeeper(file, position, { lines, marks: marks.length })
}

/** Adds to the file what was committed since it was last written. */
export class AnchorKeeper {
  #file: string
  #position: Position | undefined
  #size: { lines: number; marks: number }
  /** What the last run read, by name: of this, only what is newer is written. */
  #written = new Map<string, number>()

  constructor(file: string, position: Position | undefined, size: { lines: number; marks: number }) {
    this.#file = file
    this.#position = position
    this.#size = size
  }

  /** Writes nothing when nothing was committed. */
  async follow(db: Db, stop?: AbortSignal): Promise<void> {
    if (!this.#position) return this.#begin(db)
    const read = new Map<string, number>()
    let from = { event: this.#position.event - OVERLAP, entry: this.#position.entry - OVERLAP }
    for (;;) {
      const page = await marksSince(db, from)
      const fresh = page.marks.filter((mark) => mark.seq > (this.#written.get(nameOf(mark)) ?? 0))
      const position = later(this.#position, page.position)
      if (fresh.length > 0) this.#size.lines += await appendAnchor(this.#file, fresh, position)
      for (const mark of page.marks) read.set(nameOf(mark), mark.seq)
      this.#position = position
      from = page.position
      if (!page.more || stop?.aborted) break
    }
    this.#written = read
    if (this.#size.lines > 2 * this.#size.marks + SUPERFLUOUS) await this.#compact()
  }

  async #begin(db: Db): Promise<void> {
    const position = await newestPosition(db)
    const marks = await replaceAnchor(this.#file, allMarks(db), position)
    this.#size = { lines: marks, marks }
    this.#position = position
  }

  async #compact(): Promise<void> {
    const { marks, position = this.#position } = await readAnchor(this.#file)
    if (!position) return
    await replaceAnchor(this.#file, pagesOf(marks), position)
    this.#size = { lines: marks.length, marks: marks.length }
  }
}

/** Once a second: a crash forgets at most what was committed since. */
export const anchorJob = (keeper: AnchorKeeper): Job => ({
  name: 'write the anchor',
  everySeconds: 1,
  run: ({ db }, stop) => keeper.follow(db, stop),
})

const later = (a: Position, b: Position): Position => ({
  event: Math.max(a.event, b.event),
  entry: Math.max(a.entry, b.entry),
})

function* pagesOf(marks: Mark[]): Generator<Mark[]> {
  for (let start = 0; start < marks.length; start += 1000) yield marks.slice(start, start + 1000)
}
