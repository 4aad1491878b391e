/** One block of the widget: its border, and its title above what it says. */
import type { ComponentChildren } from 'preact'

interface BlockFrame {
  title?: string
  /** Half of the width where there is room for two columns. */
  half?: boolean
  name: string
  children: ComponentChildren
}

export const Block = ({ title, half, name, children }: BlockFrame) => (
  <section class={`block ${name}${half ? ' half' : ''}`}>
    {title && <h3>{title}</h3>}
    {children}
  </section>
)
