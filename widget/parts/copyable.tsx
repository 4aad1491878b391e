/** A text in one line, to be copied. */
import { CopyButton, type CopyOf } from './copy-button.tsx'

interface CopyableOf extends CopyOf {
  /** What is shown of it, if not the text itself. */
  shown?: string
  /** Characters of the end that stay when it is cut. */
  tail?: number
}

/** A text that is there to be copied, in one line, and the button that does it. */
export const Copyable = ({ shown, tail = 0, ...copy }: CopyableOf) => (
  <div class="row">
    <div class="link">
      <Cut text={shown ?? copy.text} whole={copy.text} tail={tail} />
    </div>
    <CopyButton {...copy} />
  </div>
)

/** A text too long for its place loses its middle; the whole stays on hover and for the screen reader. */
function Cut({ text, whole, tail }: { text: string; whole: string; tail: number }) {
  const at = text.length - tail
  return (
    <bdi class="cut" dir="ltr" title={whole}>
      <span>{text.slice(0, at)}</span>
      <span>{text.slice(at)}</span>
    </bdi>
  )
}
