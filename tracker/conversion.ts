/** A signup or purchase that the page reports with `Refgrow(value, type, email, details)`. */
import { projectId } from './options.ts'
import { readClick, readCode } from './referral.ts'
import { warn } from './say.ts'
import { send } from './send.ts'
import { version } from './version.ts'

interface Details {
  reference?: string | number
  coupon?: string
  coupon_code?: string
  couponCode?: string
  coupon_code_used?: string
  currency?: string
}

export interface Conversion {
  type: string
  idempotency_key: string
}

/** Reports a conversion. Calls that say the same on one day carry the same key, so that it counts once. */
export async function convert(value: unknown = 0, type?: string, email?: string, details?: Details): Promise<unknown> {
  if (!type || Number.isNaN(+(value as number))) {
    return warn(`unknown call ${String(value)}: expected Refgrow(value, type, email)`)
  }

  const { reference, currency, coupon, coupon_code, couponCode, coupon_code_used } = { ...details }
  const said = {
    type,
    value: +(value as number),
    email,
    reference: reference && `${reference}`,
    coupon_code: coupon || coupon_code || couponCode || coupon_code_used,
    currency,
  }
  const conversion = {
    ...said,
    idempotency_key: fingerprint(new Date().toISOString().slice(0, 10) + JSON.stringify(said)),
    project_id: projectId,
    referral_code: readCode(),
    click_id: readClick(),
    url: location.href,
    version,
  }
  return send('event', conversion, 3)
}

/** A polynomial hash modulo a prime below 2^45: every step is exact in a double. */
export function fingerprint(text: string): string {
  let hash = 0
  for (const character of text) hash = (hash * 251 + character.codePointAt(0)!) % 35_184_372_088_777
  return hash.toString(36)
}
