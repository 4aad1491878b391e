/** Promise 12: every event reaches its webhook at least once, or is shown as failed. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { loadConfig } from '../config.ts'
import { recordEvent } from '../core/news/feed.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { deliverWebhooks } from '../jobs/deliver-webhooks.ts'
import { SCHEDULE } from '../jobs/schedule.ts'
import { startWorker } from '../jobs/worker.ts'
import { onBothDatabases } from '../test/databases.ts'
import { createProgramme, withProgramme } from '../test/programme.ts'
import { type Reaction, type Receiver, startReceiver } from '../test/receiver.ts'
import {
  EVENT,
  happen,
  addEndpoint,
  jobContext,
  deliver,
  runSchedule,
  deliveriesOf,
  attemptsOf,
  runWorker,
} from '../test/webhook-events.ts'

const CLOSE: Reaction = (response) => response.destroy()
const HANG: Reaction = () => {}

describe('promise 12: every event reaches its webhook at least once, or is shown as failed', () => {
  onBothDatabases('whatever the receiver does, and with the worker killed between send and mark', async (fresh) => {
    const url =
      fresh.engine === 'postgres' ? fresh.url : `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
    const db = fresh.engine === 'postgres' ? fresh.db : openDatabase(url)
    await migrate(db, fresh.engine)
    const programme = await createProgramme({ ...fresh, db, url })
    let worker = { kill: () => {} }
    const kill: Reaction = () => worker.kill()
    const script = [500, kill, HANG, 200, CLOSE, 302, kill, 404, kill, 200]
    const receiver = await startReceiver((n) => script[n - 1] ?? 200)
    const broken = await startReceiver(() => 500)
    try {
      await programme.set({ webhook_private_targets: true })
      const good = await addEndpoint(programme, receiver.url)
      const bad = await addEndpoint(programme, broken.url)
      for (let n = 1; n <= 6; n++) await happen(programme)

      let killed = 0
      for (let now = Date.parse(programme.clock.now()); killed < 3; now += 12 * 3_600_000) {
        if (await runWorker(url, new Date(now).toISOString(), (child) => (worker = child))) killed++
        expect(receiver.received.length).toBeLessThan(script.length)
      }
      await runSchedule(programme)

      const outbox = await deliveriesOf(programme)
      const arrived = (of: Receiver) => new Set(of.received.map(({ headers }) => headers['x-refgrow-delivery']))
      for (const [endpoint, to, status] of [
        [good, receiver, 'delivered'],
        [bad, broken, 'failed'],
      ] as const) {
        const own = outbox.filter(({ endpoint_id }) => endpoint_id === endpoint)
        expect(own.map((delivery) => delivery.status)).toEqual(Array.from({ length: 6 }, () => status))
        expect(arrived(to)).toEqual(new Set(own.map(({ id }) => String(id))))
      }
      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(6)
      // Each kill is one more arrival under a number that has no attempt in the log.
      expect(receiver.received).toHaveLength((await attemptsOf(programme, good)).length + killed)
      expect(await attemptsOf(programme, bad)).toHaveLength(6 * 8)
    } finally {
      await Promise.all([receiver.close(), broken.close(), programme.app.close()])
      if (db !== fresh.db) await db.destroy()
    }
  })

  withProgramme('an event is queued exactly when its transaction commits', async (programme) => {
    await addEndpoint(programme, 'https://acme.example/hook')
    await expect(
      programme.db.transaction().execute(async (tx) => {
        await recordEvent(tx, programme.projectId, EVENT, programme.clock.now())
        throw new Error('the sale failed')
      }),
    ).rejects.toThrow('the sale failed')
    expect(await deliveriesOf(programme)).toEqual([])
    await happen(programme)
    expect(await deliveriesOf(programme)).toMatchObject([{ status: 'pending', attempts: 0 }])
  })

  withProgramme('the running worker notices by itself, and ends when it is stopped', async (programme) => {
    const receiver = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, receiver.url)
    const { log, ...context } = jobContext(programme)
    const worker = startWorker(
      { ...context, config: loadConfig({}) },
      log,
      SCHEDULE.filter(({ name }) => name === 'deliver webhooks'),
    )
    await happen(programme)
    await receiver.until(1)
    await happen(programme)
    await receiver.until(2)
    await worker.stop()
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['delivered', 'delivered'])
    await receiver.close()
  })

  withProgramme('two workers at once send each delivery once', async (programme) => {
    const receiver = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, receiver.url)
    for (let n = 1; n <= 10; n++) await happen(programme)
    await Promise.all([deliver(programme), deliver(programme), deliver(programme)])
    // A worker that found the lane taken leaves; what was due meanwhile is its successor's.
    await deliver(programme)
    expect(receiver.received.map(({ headers }) => headers['x-refgrow-delivery']).sort()).toEqual(
      (await deliveriesOf(programme)).map(({ id }) => String(id)).sort(),
    )
    expect((await deliveriesOf(programme)).every(({ status }) => status === 'delivered')).toBe(true)
    await receiver.close()
  })

  withProgramme('stopped, it finishes what is on its way and leaves the rest for later', async (programme) => {
    const stop = new AbortController()
    const receiver = await startReceiver((n) => {
      if (n === 1) stop.abort()
      return 200
    })
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, receiver.url)
    await happen(programme)
    await happen(programme)
    await deliverWebhooks(jobContext(programme), stop.signal)
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['delivered', 'pending'])
    await deliver(programme)
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['delivered', 'delivered'])
    await receiver.close()
  })
})
