/** A signup or purchase that the page reports with `Refgrow(value, type, email, details)`. */
import { safely, say } from './say.ts'
import { send } from './send.ts'

interface Details {
  reference?: string | number
  coupon?: string
  coupon_code?: string
  couponCode?: string
  coupon_code_used?: string
  currency?: string
}

/** Reports a conversion. Calls that say the same on one day carry the same key, so that they count once. */
export const convert = safely((value: string | number = 0, type?: string, email?: string, details?: Details) => {
  if (!type || !(+value >= 0)) return say(`unknown call Refgrow(${value})`, true)

  details ??= {}
  const said = {
    type,
    value: +value,
    email,
    reference: details.reference && `${details.reference}`,
    coupon_code: details.coupon || details.coupon_code || details.couponCode || details.coupon_code_used,
    currency: details.currency,
  }
  // A polynomial hash modulo a prime below 2^45: every step is exact in a double.
  let key = 0
  for (const letter of Date().slice(0, 15) + JSON.stringify(said)) {
    key = (key * 251 + letter.codePointAt(0)!) % 1e13
  }
  const idempotency_key = key.toString(36)
  return send('event', { ...said, idempotency_key }, 500, idempotency_key)
})
