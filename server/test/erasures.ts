/** Erasures that wait are finished now, as the job does within seconds. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { loadConfig } from '../config.ts'
import { finishErasures } from '../jobs/finish-erasures.ts'
import type { Programme } from './programme.ts'

export async function eraseNow({ db, clock, sealer, url }: Programme): Promise<void> {
  const config = {
    ...loadConfig({ DATABASE_URL: url }),
    outboxFolder: join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'outbox'),
  }
  await finishErasures({ db, clock, sealer, config, log: pino({ level: 'silent' }) }, new AbortController().signal)
}
