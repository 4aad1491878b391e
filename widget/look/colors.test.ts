import { expect, test } from 'vitest'
import { contrast, lookOf, parse, styleOf, type Look } from './colors.ts'

const COLORS = [
  '#ffffff',
  '#000000',
  '#ffd400',
  '#ff0000',
  '#00ff00',
  '#0000ff',
  '#7f7f7f',
  '#abc',
  '#123456',
  '#fafafa',
]

const ratio = (look: Look, over: string, under: string) =>
  contrast(parse(look[`--${over}`])!, parse(look[`--${under}`])!)

test('every text can be read, whatever the owner picks, light and dark', () => {
  for (const theme of ['light', 'dark'] as const) {
    for (const primary of COLORS) {
      for (const font of COLORS) {
        for (const secondary of [null, ...COLORS]) {
          const look = lookOf({ primary_color: primary, secondary_color: secondary, font_color: font, theme }, false)
          for (const [over, under] of [
            ['ink', 'ground'],
            ['muted', 'ground'],
            ['accent', 'ground'],
            ['on-fill', 'fill'],
            ['ink', 'hover'],
            ['good', 'ground'],
            ['bad', 'ground'],
          ] as const) {
            expect(
              ratio(look, over, under),
              `${over} on ${under}: ${primary} ${secondary} ${font} ${theme}`,
            ).toBeGreaterThanOrEqual(4.5)
          }
        }
      }
    }
  }
})

test('a color that can be read is taken as it is', () => {
  const look = lookOf({ primary_color: '#0055aa', secondary_color: null, font_color: '#222222', theme: 'light' }, true)
  expect(look).toMatchObject({ '--accent': '#0055aa', '--fill': '#0055aa', '--ink': '#222222', colorScheme: 'light' })
})

test('auto follows the reader, and a color that is none is the default', () => {
  const auto = { primary_color: 'tomato', secondary_color: null, font_color: null, theme: 'auto' } as const
  expect(lookOf(auto, true)).toEqual(lookOf(null, true))
  expect(lookOf(auto, true).colorScheme).toBe('dark')
  expect(lookOf(auto, false).colorScheme).toBe('light')
})

test('a host page may set colors by itself; ours are what it leaves out', () => {
  const look = lookOf(null, false)
  const style = styleOf(look)
  expect(style).toContain(`--accent:var(--refgrow-accent,${look['--accent']});`)
  expect(style).toContain(`--on-fill:var(--refgrow-on-fill,${look['--on-fill']});`)
  expect(style).toContain(`--good:${look['--good']};`)
  expect(style).toMatch(/color-scheme:light$/)
})
