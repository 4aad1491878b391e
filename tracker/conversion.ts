/** A signup or purchase that the page reports with `Refgrow(value, type, email, details)`. */
import { safely, say } from './say.ts'
import { send } from './send.ts'

/**
 * Reports a conversion. The details go as they came (`reference`, `coupon`, `currency`): the API knows their other names.
 * The email goes without the blanks around it; what is no text goes as it came, and the API says what is wrong with it.
 * Calls that say the same on one day carry the same key, so that they count once.
 */
export const convert = safely((value: string | number = 0, type?: string, email?: string, details?: object) => {
  details = { ...details, type, value: +value, email: email?.trim?.() ?? email }
  return type && (value as number) >= 0
    ? send('event', {
        ...details,
        idempotency_key: 'refgrow ' + Date().slice(0, 15) + JSON.stringify(details),
      })
    : say('unknown call ' + value, true)
})
