/** Every recurring job in one table. */
import { compareClocks } from './compare-clocks.ts'
import { deliverWebhooks } from './deliver-webhooks.ts'
import { doProviderTasks } from './do-provider-tasks.ts'
import type { Job } from './job.ts'
import { finishErasures } from './finish-erasures.ts'
import { forgetAnswersAndWindows } from './forget-answers.ts'
import { forgetDeliveries } from './forget-deliveries.ts'
import { forgetLogins } from './forget-logins.ts'
import { forgetOldSalts } from './forget-salts.ts'
import { loadExchangeRates } from './load-exchange-rates.ts'
import { retryProviderEvents } from './retry-provider-events.ts'
import { sendMail } from './send-mail.ts'

export const SCHEDULE: Job[] = [
  { name: 'compare clocks', everySeconds: 60, run: compareClocks },
  { name: 'deliver webhooks', everySeconds: 1, run: deliverWebhooks },
  { name: 'send mails', everySeconds: 2, run: sendMail },
  { name: 'finish erasures', everySeconds: 2, run: finishErasures },
  { name: 'do provider tasks', everySeconds: 5, run: doProviderTasks },
  { name: 'retry provider events', everySeconds: 15, movesMoney: true, run: retryProviderEvents },
  { name: 'forget stored answers', everySeconds: 3600, run: forgetAnswersAndWindows },
  { name: 'load exchange rates', everySeconds: 6 * 3600, run: loadExchangeRates },
  { name: 'forget deliveries', everySeconds: 3600, run: forgetDeliveries },
  { name: 'forget logins', everySeconds: 3600, run: forgetLogins },
  { name: 'forget old salts', everySeconds: 3600, run: forgetOldSalts },
]
