/** The address that somebody joins or logs in with: one for both forms, so that going from one to the other loses nothing. */
import type { Signal } from '@preact/signals'
import { Field } from '../parts/field.tsx'
import type { Translate } from '../words/words.ts'

interface AddressFieldOf {
  address: Signal<string>
  problem: string | undefined
  /** What was wrong with the text before says nothing about the new one. */
  onTyped: () => void
  t: Translate
}

export const AddressField = ({ address, problem, onTyped, t }: AddressFieldOf) => (
  <Field
    label={t('join.email')}
    value={address.value}
    problem={problem}
    onValue={(text) => {
      address.value = text
      onTyped()
    }}
    name="email"
    type="email"
    dir="ltr"
    autocomplete="email"
    required
  />
)
