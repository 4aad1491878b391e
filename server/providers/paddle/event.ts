/** What all of Paddle's events share: the envelope around `data`. */
import { readerOf } from '../payload.ts'

export interface PaddleEvent<Data = object> {
  event_type?: string
  occurred_at?: unknown
  data?: Data | null
}

/** What every translated event says. Sandbox and live accounts are apart: a payload does not tell which one it is of. */
export function toldBy({ event_type, occurred_at }: PaddleEvent) {
  const read = readerOf(`Paddle ${event_type}`)
  return { read, told: { provider: 'paddle', test: false, occurred_at: read.instant(occurred_at, 'occurred_at') } }
}
