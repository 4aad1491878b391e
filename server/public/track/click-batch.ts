/**
 * Clicks that arrive in one turn of the event loop are committed together, one project's at a time, and each is answered after
 * its commit. How many may wait is bounded: a flood of /r/CODE, whose answers do not wait, filled the memory
 * (`npm run bench -- flood`).
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { type ClickOutcome, type NewClick, recordClicks } from '../../core/click/click.ts'
import { Overloaded } from '../../core/kit/errors.ts'
import type { Uncounted, UncountedClicks } from '../../core/click/not-counted.ts'
import { dayOf } from '../../core/kit/time.ts'
import { isDataRefused } from '../../db/failure.ts'
import { retried } from '../../db/retried.ts'
import type { Db } from '../../db/schema.ts'
import { createRepeatSeconds } from './repeat-seconds.ts'
import { createRepeatedClicks } from './repeated-clicks.ts'
import { createUncountedNumbers } from './uncounted-numbers.ts'

export interface ClickLimits {
  /** What may wait or be in flight, in clicks and in estimated bytes of memory. */
  clicks: number
  bytes: number
  /** More than this waits for the next commit, which is one turn of the event loop later: 500 were less than came meanwhile. */
  batch: number
  /** Batches at once, each of another project: one that waits for a lock does not hold up the other projects. */
  inFlight: number
}

const LIMITS: ClickLimits = { clicks: 20_000, bytes: 32 * 1024 * 1024, batch: 2000, inFlight: 4 }
const NUMBERS_WRITTEN_AFTER_MS = 1000
const WARN_EVERY_MS = 10_000
/** A database that does not answer must not keep the process from ending. */
const CLOSING_MOST_MS = 5000

export interface ClickBatch {
  /** @returns what became of it, once that is committed. @throws Overloaded when too many clicks wait */
  record(click: NewClick): Promise<ClickOutcome>
  /** Records a click whose visitor was answered already; if there is no room for it, or it fails, it counts as `dropped`. */
  offer(click: NewClick, affiliateId: number): void
  /** Adds one to the number of clicks that are not counted; a later batch writes it. */
  addUncounted(click: Uncounted): void
  /** Records all that waits. */
  close(): Promise<void>
}

interface Waiting {
  click: NewClick
  bytes: number
  /** It began the time in which further clicks of its visitor are repeats. */
  first?: boolean
  resolve?: (outcome: ClickOutcome) => void
  reject?: (error: unknown) => void
  /** Of an offered click. */
  affiliateId?: number
}

interface Queue {
  projectId: number
  waiting: Waiting[]
  /** Those in flight included. */
  clicks: number
  bytes: number
  busy: boolean
}

export function createClickBatch(db: Db, log?: FastifyBaseLogger, limits = LIMITS): ClickBatch {
  /** Of projects with something to write; whoever had a turn goes to the end. */
  const queues = new Map<number, Queue>()
  const all = { clicks: 0, bytes: 0 }
  const numbers = createUncountedNumbers()
  const repeated = createRepeatedClicks()
  const repeatSeconds = createRepeatSeconds(db)
  let inFlight = 0
  let scheduled = false
  let timer: NodeJS.Timeout | undefined
  let closing: (() => void) | undefined
  const refused = { clicks: 0, warnedAt: -Infinity }

  function queueOf(projectId: number): Queue {
    let queue = queues.get(projectId)
    if (!queue) queues.set(projectId, (queue = { projectId, waiting: [], clicks: 0, bytes: 0, busy: false }))
    return queue
  }

  /** @returns whether there was room: a project may hold as much as is free, so one alone gets half, and the next finds some. */
  function add(waiting: Waiting): boolean {
    const { bytes } = waiting
    const own = queues.get(waiting.click.project_id) ?? { clicks: 0, bytes: 0 }
    if (own.clicks >= limits.clicks - all.clicks || own.bytes + bytes > limits.bytes - all.bytes) {
      warn()
      return false
    }
    const queue = queueOf(waiting.click.project_id)
    queue.waiting.push(waiting)
    hold(queue, 1, bytes)
    if (!queue.busy && !scheduled) {
      scheduled = true
      setImmediate(() => start())
    }
    return true
  }

  function hold(queue: Queue, clicks: number, bytes: number): void {
    queue.clicks += clicks
    queue.bytes += bytes
    all.clicks += clicks
    all.bytes += bytes
  }

  /** @param writeNumbers also of projects without a click to go along with */
  function start(writeNumbers = closing !== undefined): void {
    scheduled = false
    for (const queue of queues.values()) {
      if (inFlight >= limits.inFlight) return
      if (queue.busy || (queue.waiting.length === 0 && !(writeNumbers && numbers.has(queue.projectId)))) continue
      queues.delete(queue.projectId)
      queues.set(queue.projectId, queue)
      void commit(queue)
    }
    if (inFlight === 0) closing?.()
  }

  async function commit(queue: Queue): Promise<void> {
    queue.busy = true
    inFlight += 1
    const batch = queue.waiting.splice(0, limits.batch)
    await settle(queue.projectId, batch, numbers.take(queue.projectId))
    hold(
      queue,
      -batch.length,
      batch.reduce((sum, { bytes }) => sum - bytes, 0),
    )
    queue.busy = false
    inFlight -= 1
    if (queue.waiting.length === 0 && !numbers.has(queue.projectId)) queues.delete(queue.projectId)
    start()
  }

  /** Never throws. A batch with clicks that the database refuses is halved until only those are refused. */
  async function settle(projectId: number, batch: Waiting[], lost: UncountedClicks[]): Promise<void> {
    try {
      await judge(projectId, batch)
      const outcomes = await retried(db, (tx) =>
        recordClicks(
          tx,
          batch.map(({ click }) => click),
          lost,
        ),
      )
      for (const [index, { click, first, resolve }] of batch.entries()) {
        const outcome = outcomes[index] as ClickOutcome
        if (first && outcome !== 'counted' && outcome !== 'bot') repeated.forget(click)
        resolve?.(outcome)
      }
    } catch (error) {
      if (!closing && lost.length > 0) {
        numbers.putBack(lost)
        writeLater()
      }
      if (batch.length > 1 && isDataRefused(error)) {
        const half = batch.length >> 1
        await settle(projectId, batch.slice(0, half), [])
        return settle(projectId, batch.slice(half), [])
      }
      refuse(batch, error)
    }
  }

  async function judge(projectId: number, batch: Waiting[]): Promise<void> {
    const seconds = repeatSeconds(projectId)
    const window = typeof seconds === 'number' ? seconds : await seconds
    if (window === 0) return
    for (const waiting of batch)
      if (!waiting.first && !waiting.click.uncounted) waiting.first = repeated.judge(waiting.click, window)
  }

  function refuse(batch: Waiting[], error: unknown): void {
    log?.error({ err: error, clicks: batch.length }, 'clicks could not be recorded')
    for (const { click, first, reject, affiliateId } of batch) {
      if (first) repeated.forget(click)
      reject?.(error)
      if (affiliateId !== undefined) addDropped(click, affiliateId)
    }
  }

  const addDropped = ({ project_id, at }: NewClick, affiliate_id: number) =>
    addUncounted({ project_id, affiliate_id, day: dayOf(at), reason: 'dropped' })

  function addUncounted(click: Uncounted): void {
    numbers.add(click)
    queueOf(click.project_id)
    writeLater()
  }

  function writeLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      start(true)
    }, NUMBERS_WRITTEN_AFTER_MS).unref()
  }

  function warn(): void {
    refused.clicks += 1
    if (performance.now() - refused.warnedAt < WARN_EVERY_MS) return
    log?.warn({ clicks: refused.clicks }, 'more clicks arrive than the database takes; these were not recorded')
    Object.assign(refused, { clicks: 0, warnedAt: performance.now() })
  }

  return {
    record: (click) =>
      new Promise((resolve, reject) => {
        if (!add({ click, bytes: bytesOf(click), resolve, reject }))
          reject(new Overloaded('Too many clicks at once; try again in 2 seconds', 2))
      }),
    offer(click, affiliateId) {
      if (!add({ click, bytes: bytesOf(click), affiliateId })) addDropped(click, affiliateId)
    },
    addUncounted,
    async close() {
      clearTimeout(timer)
      const patience = new AbortController()
      const late = pause(CLOSING_MOST_MS, undefined, { signal: patience.signal }).then(
        () => log?.error({ clicks: all.clicks }, 'closed before these clicks were recorded'),
        () => {},
      )
      await Promise.race([new Promise<void>((resolve) => ((closing = resolve), start())), late])
      patience.abort()
    },
  }
}

/** The row, its place in the queue and its promise; text of two bytes a character at worst. */
const bytesOf = ({ landing_url, referrer }: NewClick): number =>
  1000 + 2 * ((landing_url?.length ?? 0) + (referrer?.length ?? 0))
