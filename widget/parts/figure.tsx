/** A number that is to be seen first. */

interface FigureOf {
  text: string
  label?: string
  /** The exact number where `text` is short for it. */
  whole?: string
  /** Characters to make room for, where several numbers in a row should be of one size. */
  length?: number
}

/** A number in the big size, smaller only where a very long one would not fit. */
export const Figure = ({ text, label, whole, length = text.length }: FigureOf) => (
  <div class="figure" title={whole}>
    {label && <span class="label">{label}</span>}
    <b style={{ '--length': `${length}` }}>{text}</b>
  </div>
)
