/** Who visits: what the host page says about them, and the log-in that this browser remembers. */
import { computed, type ReadonlySignal } from '@preact/signals'
import type { Identity } from '../../server/public/widget/contract.ts'
import type { Attributes } from '../host/attributes.ts'
import { chosen } from '../host/chosen.ts'
import { sameAddress, sessionOf, type Session } from './session.ts'

export interface Visitor {
  /** The address the host page gave us, else the one that is logged in; empty: neither. */
  email: ReadonlySignal<string>
  /** What the host page alone says. */
  hostEmail: ReadonlySignal<string>
  /** The log-in that counts now. A signature of the host page needs none. */
  session: ReadonlySignal<Session | null>
  /** A log-in that does not count, because the host page speaks of somebody else. */
  stray: ReadonlySignal<boolean>
  /** Is a dashboard to be expected? */
  vouched: ReadonlySignal<boolean>
  /** Identity as JSON: a string, so that attributes which do not matter to the API do not ask it again. */
  question: ReadonlySignal<string>
}

export function visitorOf(attributes: ReadonlySignal<Attributes>): Visitor {
  const host = computed(() => chosen.identity.value ?? attributes.value)
  const project = computed(() => attributes.value.project)
  const remembered = computed(() => sessionOf(project.value).value)
  const stray = computed(() => {
    const { value } = remembered
    const { email } = host.value
    return Boolean(value && email && !sameAddress(email, value.email) && !sameAddress(email, value.host ?? ''))
  })
  // In this order: a page's first look into storage waits for the browser.
  const signed = computed(() => Boolean(host.value.email && host.value.hash))
  const session = computed(() => (signed.value || stray.value ? null : remembered.value))
  const hostEmail = computed(() => host.value.email)
  const email = computed(() => session.value?.email || hostEmail.value)
  const hash = computed(() => (hostEmail.value && host.value.hash) || undefined)
  return {
    email,
    hostEmail,
    session,
    stray,
    vouched: computed(() => Boolean(hash.value || session.value)),
    question: computed(() =>
      JSON.stringify({
        project_id: project.value,
        email: email.value || undefined,
        hash: hash.value,
        hash_at: (hash.value && host.value.hashAt) || undefined,
        token: session.value?.token,
      } satisfies { [Name in keyof Required<Identity>]: Identity[Name] | undefined }),
    ),
  }
}
