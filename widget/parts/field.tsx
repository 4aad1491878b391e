/** One input of a form. */
import { useId } from 'preact/hooks'
import type { InputHTMLAttributes, PartialInputHTMLAttributes } from 'preact'

export interface FieldOf extends Omit<
  PartialInputHTMLAttributes<HTMLInputElement>,
  'label' | 'value' | 'list' | 'role'
> {
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
