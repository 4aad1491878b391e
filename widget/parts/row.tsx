/** A list of things that happened: what and how much on the first line, the small print under it. */
import type { ComponentChildren } from 'preact'

interface RowOf {
  /** Words of ours, or a name in a `bdi`. */
  title: ComponentChildren
  /** At the other end of the first line. */
  amount?: ComponentChildren
  /** Small print, in the order it is read; what is empty is left out. */
  notes?: (string | undefined)[]
  /** Small print at the other end. */
  status?: ComponentChildren
  /** Money that was taken back, and why. */
  loss?: string | undefined
  /** The one that counts. */
  current?: boolean
}

export const Row = ({ title, amount, notes = [], status, loss, current }: RowOf) => (
  <li class="item" aria-current={current ? 'true' : undefined}>
    <p class="entry">
      <span>{title}</span>
      {amount && <span>{amount}</span>}
    </p>
    <p class="notes">
      <span>{notes.map((note) => note && <span key={note}>{note}</span>)}</span>
      {status && <span>{status}</span>}
    </p>
    {loss && <p class="loss">{loss}</p>}
  </li>
)
