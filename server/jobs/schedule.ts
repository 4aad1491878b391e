/** Every recurring job in one table. */
import type { Context } from '../context.ts'
import { forgetAnswersAndWindows } from './forget-answers.ts'
import { forgetOldSalts } from './forget-salts.ts'
import { retryProviderEvents } from './retry-provider-events.ts'

export interface Job {
  name: string
  everySeconds: number
  run(context: Pick<Context, 'db' | 'clock'>): Promise<void>
}

export const SCHEDULE: Job[] = [
  { name: 'retry provider events', everySeconds: 15, run: retryProviderEvents },
  { name: 'forget stored answers', everySeconds: 3600, run: forgetAnswersAndWindows },
  { name: 'forget old salts', everySeconds: 3600, run: forgetOldSalts },
]
