/** The pieces a form in a block is made of. */
import { useEffect, useId, useRef } from 'preact/hooks'
import type { InputHTMLAttributes, PartialInputHTMLAttributes, RefObject } from 'preact'

interface FieldOf extends Omit<PartialInputHTMLAttributes<HTMLInputElement>, 'label' | 'value' | 'list' | 'role'> {
  type?: 'text' | 'email' | 'url'
  label: string
  value: string
  onValue: (value: string) => void
  hint?: string
  problem?: string | undefined
}

/** An input with its label above it, and under it what is wrong or what is wanted. */
export function Field({ label, onValue, hint, problem, ...input }: FieldOf) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(input as InputHTMLAttributes)}
        id={id}
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={Boolean(problem)}
        aria-describedby={`${id}-note`}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <p id={`${id}-note`} class={problem ? 'problem' : 'label'} role={problem ? 'alert' : undefined}>
        {problem || hint}
      </p>
    </div>
  )
}

/** The address somebody joins or logs in with. */
export const EmailField = (field: Pick<FieldOf, 'label' | 'value' | 'onValue' | 'problem'>) => (
  <Field {...field} name="email" type="email" dir="ltr" autocomplete="email" required />
)

/** Takes the focus along when one part of a block takes the place of another; `atOnce`: also when the part appears. */
export function useFocusAfter(change: unknown, atOnce = false): RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null)
  const before = useRef(atOnce ? null : change)
  useEffect(() => {
    if (before.current === change) return
    before.current = change
    part.current?.querySelector<HTMLElement>('input,button,[tabindex]')?.focus({ preventScroll: true })
  }, [change])
  return part
}
