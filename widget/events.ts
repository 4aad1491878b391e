/** What the host page can listen to: `Refgrow.on('affiliate:signup', ({ email }) => ...)`. */

export interface Events {
  ready: Record<string, never>
  'affiliate:signup': { email: string }
  'affiliate:login': { email: string }
  error: { code: string; message: string }
}

type Listener = (detail: unknown) => void

const listeners = new Map<string, Set<Listener>>()

export function on(event: string, listener: Listener): () => void {
  const heard = listeners.get(event) ?? new Set()
  listeners.set(event, heard.add(listener))
  return () => void heard.delete(listener)
}

/** A listener that throws is the host page's own error: it is reported there and stops nothing here. */
export function emit<Name extends keyof Events>(event: Name, detail: Events[Name]) {
  for (const listener of [...(listeners.get(event) ?? [])]) {
    try {
      listener(detail)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}
