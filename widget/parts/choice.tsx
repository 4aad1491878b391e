/** A few options to pick one from. */
import type { Signal } from '@preact/signals'

interface ChoiceOf<Value> {
  label: string
  options: readonly { value: Value; text: string }[]
  value: Signal<Value>
}

/** One of a few, all in sight. */
export const Choice = <Value extends string | number>({ label, options, value }: ChoiceOf<Value>) => (
  <div class="choice" role="group" aria-label={label}>
    {options.map((option) => (
      <button
        type="button"
        key={option.value}
        data-text={option.text}
        aria-pressed={option.value === value.value}
        onClick={() => (value.value = option.value)}
      >
        {option.text}
      </button>
    ))}
  </div>
)
