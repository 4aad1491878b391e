/** A signup or purchase that the page reports with `Refgrow(value, type, email, details)`. */
import type { Call } from './options.ts'
import { safely, say } from './say.ts'
import { send } from './send.ts'

/**
 * The details go as they came (`reference`, `coupon`, `currency`): the API knows their other names. The email goes without
 * the blanks around it; if it is not text, the API says what is wrong with it. Calls that say the same on one day carry
 * the same key, so that they count once.
 */
export const convert: (...call: Call) => unknown = safely((value = 0, type, email, details) => {
  details = { ...details, type, value: +value, email: email?.trim?.() ?? email }
  if (!type || !((value as number) >= 0)) return say('unknown call ' + value, true)
  return send('event', {
    ...details,
    idempotency_key: 'refgrow ' + new Date().toDateString() + JSON.stringify(details),
  })
})
