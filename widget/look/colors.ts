/** From the owner's three colors to every color of the widget, each text at least 4.5:1 on its ground whatever was picked. */
import type { Appearance } from '../../server/public/widget/contract.ts'

/** CSS custom properties for the widget's root. */
export type Look = Record<`--${string}`, string> & { colorScheme: 'light' | 'dark' }

type Rgb = readonly [number, number, number]

const READABLE = 4.5
const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]

const LIGHT = { ground: '#ffffff', ink: '#16181d', accent: '#2f55d4', good: '#17713f', bad: '#b3261e' }
const DARK = { ground: '#17191e', ink: '#eceef2', accent: '#93aaff', good: '#5cc68b', bad: '#ff9189' }

export function lookOf(appearance: Appearance | null, prefersDark: boolean): Look {
  const theme = appearance?.theme ?? 'auto'
  const dark = theme === 'dark' || (theme === 'auto' && prefersDark)
  const base = dark ? DARK : LIGHT
  const ground = parse(base.ground)!
  const farEnd = dark ? WHITE : BLACK

  const ink = inkOn(ground, parse(appearance?.font_color), parse(base.ink)!)
  const primary = parse(appearance?.primary_color) ?? parse(base.accent)!
  const lost = contrast(primary, ground) < 1.3
  const accent = readable(primary, ground, farEnd, lost ? 10 : READABLE)
  // A button keeps the owner's color unless it would vanish in the ground.
  const fill = lost ? accent : primary
  const secondary = parse(appearance?.secondary_color)

  return {
    '--ground': hex(ground),
    '--ink': hex(ink),
    '--muted': hex(faded(ink, ground)),
    '--faint': hex(blend(ink, ground, 0.4)),
    '--line': hex(blend(ink, ground, 0.12)),
    '--wash': hex(blend(ink, ground, 0.06)),
    '--hover': hex(hoverOf(secondary, ink, ground)),
    '--accent': hex(accent),
    '--area': hex(blend(accent, ground, 0.1)),
    '--fill': hex(fill),
    '--on-fill': hex(contrast(fill, WHITE) >= contrast(fill, BLACK) ? WHITE : BLACK),
    '--good': base.good,
    '--bad': base.bad,
    colorScheme: dark ? 'dark' : 'light',
  }
}

const OPEN = new Set(['ground', 'ink', 'muted', 'line', 'accent', 'fill', 'on-fill'].map((name) => `--${name}`))

/** As the text of a style. What the host page sets by itself (`--refgrow-accent` ...) goes before what we chose. */
export const styleOf = ({ colorScheme, ...colors }: Look): string =>
  Object.entries(colors)
    .map(([name, color]) => `${name}:${OPEN.has(name) ? `var(--refgrow${name.slice(1)},${color})` : color};`)
    .join('')
    .concat(`color-scheme:${colorScheme}`)

/** WCAG 2 contrast ratio, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** `#abc` or `#aabbcc`; anything else is null. */
export function parse(color: string | null | undefined): Rgb | null {
  const digits = /^#?([\da-f]{3}|[\da-f]{6})$/i.exec(color?.trim() ?? '')?.[1]
  if (!digits) return null
  const long = digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits
  const value = Number.parseInt(long, 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** The owner's ink; one picked for the other theme (dark on dark) only tints the theme's own. */
function inkOn(ground: Rgb, picked: Rgb | null, own: Rgb): Rgb {
  if (!picked) return own
  return contrast(picked, ground) >= READABLE ? picked : readable(blend(own, picked, 0.92), ground, own)
}

/** Secondary text: 64 % of the ink, or as much more as it takes to be read. */
function faded(ink: Rgb, ground: Rgb): Rgb {
  for (let part = 0.64; part < 1; part += 0.04) {
    const color = blend(ink, ground, part)
    // Read on the wash and under the pointer too, which are a little closer to it than the ground is.
    if (contrast(color, blend(ink, ground, 0.06)) >= READABLE) return color
  }
  return ink
}

function hoverOf(secondary: Rgb | null, ink: Rgb, ground: Rgb): Rgb {
  const wash = blend(ink, ground, 0.06)
  if (!secondary) return wash
  const tint = blend(secondary, ground, 0.16)
  return contrast(ink, tint) >= READABLE ? tint : wash
}

/** Moves a color towards `end` until it can be read on the ground and on the area under the chart. */
function readable(color: Rgb, ground: Rgb, end: Rgb, wanted = READABLE): Rgb {
  for (let part = 1; part > 0; part -= 0.04) {
    const candidate = blend(color, end, part)
    if (contrast(candidate, ground) >= wanted) return candidate
  }
  return end
}

const blend = (over: Rgb, under: Rgb, part: number) =>
  over.map((channel, index) => Math.round(channel * part + under[index]! * (1 - part))) as unknown as Rgb

const luminance = (color: Rgb) => {
  const [red, green, blue] = color.map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const hex = (color: Rgb) => `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
