/** Takes people who were deleted out of everything stored about them: tables, answers kept for repeated requests, mails in files. */
import { sql } from 'kysely'
import { claimErasure, eraseStep, finishErasure, personIn, PLACES, putErasureOff } from '../core/erasure/walk.ts'
import { redactPayload, redactText } from '../core/kit/redact.ts'
import { answersUntil, changeAnswer } from '../core/project/stored-answer.ts'
import { retried } from '../db/retried.ts'
import type { Db, Erasure } from '../db/schema.ts'
import { removeMailFiles } from '../outbound/mail-files.ts'
import type { JobContext } from './job.ts'

type Needs = Pick<JobContext, 'db' | 'clock' | 'config' | 'sealer' | 'log'>

export async function finishErasures(context: Needs, stop: AbortSignal): Promise<void> {
  const { db, clock, log } = context
  while (!stop.aborted) {
    const erasure = await retried(db, (tx) => claimErasure(tx, clock.now()))
    if (!erasure) return
    const named = { project: erasure.project_id, person: erasure.person }
    try {
      const done = await finish(context, erasure, stop)
      if (done) log.info(named, 'erased from everything that was stored')
      else await retried(db, (tx) => putErasureOff(tx, erasure, null, clock.now()))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      await retried(db, (tx) => putErasureOff(tx, erasure, message, clock.now()))
      log.error({ ...named, err: error }, 'an erasure could not be finished; it is tried again')
    }
  }
}

/** From the beginning after an interruption: what is erased already is not found again. */
async function finish(context: Needs, erasure: Erasure, stop: AbortSignal): Promise<boolean> {
  const { db, clock, config } = context
  for (const place of PLACES)
    for (let after: number | undefined = 0; after !== undefined;) {
      if (stop.aborted) return false
      const from: number = after
      after = await retried(db, (tx) => eraseStep(tx, erasure, place, from, clock.now()))
    }
  await eraseAnswers(context, erasure)
  await eraseFiles(context, erasure)
  await retried(db, (tx) => finishErasure(tx, erasure))
  if (config.databaseUrl.startsWith('sqlite:')) await emptyLogOfWrites(db)
  return true
}

const ANSWERS_AT_ONCE = 200

/** Sealed, but given out again to whoever repeats the request. */
async function eraseAnswers({ db, sealer }: Needs, erasure: Erasure): Promise<void> {
  const { project_id, created_at } = erasure
  const person = personIn(erasure)
  for (let after = '', more = true; more;) {
    const query = { until: created_at, after, limit: ANSWERS_AT_ONCE }
    const answers = await retried(db, (tx) => answersUntil(tx, project_id, query))
    for (const { key, body } of answers) {
      const clean = redactPayload(sealer.open(body), person)
      if (clean !== undefined) await retried(db, (tx) => changeAnswer(tx, project_id, key, sealer.seal(clean)))
    }
    after = answers.at(-1)?.key ?? after
    more = answers.length === ANSWERS_AT_ONCE
  }
}

async function eraseFiles({ db, config }: Needs, erasure: Erasure): Promise<void> {
  const person = personIn(erasure)
  const isNewer = async (id: number) => {
    if (!Number.isSafeInteger(id)) return false
    const mail = await db.selectFrom('mail').select('created_at').where('id', '=', id).executeTakeFirst()
    return mail !== undefined && mail.created_at > erasure.created_at
  }
  await removeMailFiles(config.outboxFolder, (text) => redactText(text, person) !== undefined, isNewer)
}

const TRIES = 10

/** SQLite keeps the pages as they were in its log of writes until it is written over. A reader may hold it: then it stays a while. */
async function emptyLogOfWrites(db: Db): Promise<void> {
  for (let tried = 0; tried < TRIES; tried++) {
    try {
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
      if (rows[0]?.busy === 0) return
    } catch {
      // Other transactions are open on the same connection; they end with this turn of the event loop.
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
