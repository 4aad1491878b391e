/** What the host page can listen to: `Refgrow.on('affiliate:signup', ({ email }) => ...)`. */

export interface Events {
  ready: Record<string, never>
  'affiliate:signup': { email: string }
  'affiliate:login': { email: string }
  'affiliate:logout': { email: string }
  /** `amount`: minor units of the currency. */
  'payout:requested': { email: string; currency: string; amount: number }
  error: { code: string; message: string }
}

type Listener = (detail: unknown) => void

const listeners = new Map<string, Set<Listener>>()
let ready = false

/** Who asks for `ready` afterwards hears it all the same. */
export function on(event: string, listener: Listener): () => void {
  if (event === 'ready' && ready) queueMicrotask(() => listener({}))
  const heard = listeners.get(event) ?? new Set()
  listeners.set(event, heard.add(listener))
  return () => void heard.delete(listener)
}

/** The first widget has something to show. */
export function emitReady() {
  if (!ready) emit('ready', {})
  ready = true
}

/** A listener that throws is the host page's own error: it is reported there and stops nothing here. */
export function emit<Name extends keyof Events>(event: Name, detail: Events[Name]) {
  for (const listener of listeners.get(event) ?? []) {
    try {
      listener(detail)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}
