/** Processing one stored provider event: apply it and mark it, in one transaction; keep the error when that fails. */
import { DomainError } from '../core/errors.ts'
import { claimEvent, markApplied, markFailed } from '../core/inbox.ts'
import { applyPaymentEvent } from '../core/payment-event.ts'
import { getProject } from '../core/project.ts'
import type { Db, Instant } from '../db/schema.ts'
import { PROVIDER_NAMES, type Provider, type ProviderName } from './provider.ts'
import { stripe } from './stripe.ts'

const PROVIDERS: Record<ProviderName, Provider> = { stripe }

/** @throws DomainError 'unknown_provider' */
export function providerNamed(name: string): Provider {
  const known = PROVIDER_NAMES.find((candidate) => candidate === name)
  if (!known)
    throw new DomainError(
      'unknown_provider',
      `Unknown provider "${name}"; expected one of ${PROVIDER_NAMES.join(', ')}`,
    )
  return PROVIDERS[known]
}

/** Never throws for the event's own sake: what went wrong is stored with it and tried again later. @returns the error's message, if any */
export async function processStoredEvent(db: Db, id: number, now: Instant): Promise<string | undefined> {
  try {
    await db.transaction().execute(async (tx) => {
      const event = await claimEvent(tx, id, now)
      if (!event) return
      const project = await getProject(tx, event.project_id)
      const applied = await applyPaymentEvent(tx, project, providerNamed(event.provider).parse(event.payload), now)
      await markApplied(tx, id, applied, now)
    })
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await db.transaction().execute((tx) => markFailed(tx, id, message, now))
    return message
  }
}
