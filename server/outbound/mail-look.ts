/** The colours of a mail: the widget's grounds and inks, the project's colour, each text at least 4.5:1 on its ground. */

export interface MailLook {
  ground: string
  ink: string
  muted: string
  line: string
  wash: string
  /** Links. */
  accent: string
  /** The button, and what is written on it. */
  fill: string
  onFill: string
}

type Rgb = readonly [number, number, number]

const THEMES = {
  light: { ground: '#ffffff', ink: '#16181d', accent: '#2f55d4', end: [0, 0, 0] },
  dark: { ground: '#17191e', ink: '#eceef2', accent: '#93aaff', end: [255, 255, 255] },
} as const

const READABLE = 4.5

/** @param colour the project's `#rrggbb`, or null for Refgrow's own */
export function mailLook(colour: string | null, theme: keyof typeof THEMES): MailLook {
  const { end, ...base } = THEMES[theme]
  const ground = parse(base.ground)
  const ink = parse(base.ink)
  const wash = blend(ink, ground, 0.06)
  const picked = parse(colour ?? base.accent)
  const accent = readable(picked, wash, end)
  // A button keeps the company's colour unless it would vanish in the ground.
  const fill = contrast(picked, ground) < 1.3 ? accent : picked
  return {
    ground: base.ground,
    ink: base.ink,
    muted: hex(blend(ink, ground, 0.68)),
    line: hex(blend(ink, ground, 0.12)),
    wash: hex(wash),
    accent: hex(accent),
    fill: hex(fill),
    onFill: contrast(fill, [255, 255, 255]) >= contrast(fill, [0, 0, 0]) ? '#ffffff' : '#000000',
  }
}

/** WCAG 2 contrast ratio, 1 to 21. */
function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** Moves a colour towards `end` until it can be read on the ground. */
function readable(colour: Rgb, ground: Rgb, end: Rgb): Rgb {
  for (let part = 1; part > 0; part -= 0.04) {
    const candidate = blend(colour, end, part)
    if (contrast(candidate, ground) >= READABLE) return candidate
  }
  return end
}

const blend = ([r, g, b]: Rgb, [under, beneath, below]: Rgb, part: number): Rgb => [
  Math.round(r * part + under * (1 - part)),
  Math.round(g * part + beneath * (1 - part)),
  Math.round(b * part + below * (1 - part)),
]

const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)

const linear = (channel: number): number => {
  const part = channel / 255
  return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}

const parse = (colour: string): Rgb => {
  const value = Number.parseInt(colour.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

const hex = (colour: Rgb): string => `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
