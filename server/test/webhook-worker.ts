/** A worker to kill: sends what is due at a moment, then ends. `node webhook-worker.ts DATABASE_URL INSTANT` */
import pino from 'pino'
import { loadConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { deliverWebhooks } from '../jobs/deliver-webhooks.ts'
import { createSealer } from '../secrets.ts'

const [url = '', now = ''] = process.argv.slice(2)
const db = openDatabase(url)
const context = {
  config: loadConfig({ DATABASE_URL: url }),
  db,
  clock: { now: () => now },
  sealer: createSealer(Buffer.alloc(32, 7)),
  log: pino({ level: 'warn' }),
}
await deliverWebhooks(context, new AbortController().signal, { timeoutMs: 300, random: () => 0.5 })
await db.destroy()
