/** Tells the host page who came: once per address, until they leave. */
import { emit, emitReady } from '../host/events.ts'

export interface Announcer {
  /** Something is shown; `address`: whose dashboard it is, if it is one. */
  opened: (address: string) => void
  left: (address: string) => void
}

export function announcer(): Announcer {
  let announced = ''
  return {
    opened(address) {
      emitReady()
      if (address && address !== announced) emit('affiliate:login', { email: address })
      announced = address
    },
    left(address) {
      announced = ''
      emit('affiliate:logout', { email: address })
    },
  }
}
