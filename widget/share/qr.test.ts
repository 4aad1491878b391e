import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { qrCode } from './qr.ts'

const drawn = (text: string) => qrCode(text)!.map((row) => row.map((dark) => (dark ? '#' : '.')).join(''))
const hash = (text: string) => createHash('sha256').update(drawn(text).join('\n')).digest('hex').slice(0, 16)

// Drawn by an encoder that shares nothing with ours (qrcode-generator 2).
const KNOWN = `
#######.###.####...##.#######
#.....#.#.####..##....#.....#
#.###.#....#....#..##.#.###.#
#.###.#.####..##.#.#..#.###.#
#.###.#..###..#.#..#..#.###.#
#.....#..#...#.##.###.#.....#
#######.#.#.#.#.#.#.#.#######
........#.##...###..#........
#.##.###.#####.#####..#..#.##
#...##..##...###..#######...#
...#.###.##..#...##.#.##..##.
#.#.#....#.....#..##..##....#
......#.#.#...#..####..#.##..
.##.##.##.#.#.###..#.##...###
##.##.##.....#..#######.#.###
#...#...#.....#.#...#.#.#..#.
..#####.###.#.##....##..##.#.
..#.#..##.##..##.##.#..#.###.
#...#####.#.######...###..#..
..###..########..###.#..#.#..
.###..####...##.###.#######..
........#.#.....#...#...#####
#######.##.#..#.#..##.#.##.#.
#.....#.#.#.###....##...##...
#.###.#...#.....##..#####.##.
#.###.#.#..###.#.#..##.###..#
#.###.#.##......#.#....#..#.#
#.....#..#.##.#.#...#.#..#.#.
#######.#....#....###.#.#..#.
`

test('a link is drawn module for module as another encoder draws it', () => {
  expect(drawn('https://northwind.example/?ref=ann')).toEqual(KNOWN.trim().split('\n'))
})

test.each([
  [7, 115, '0aacf8849dd201ac'],
  [10, 181, '139b6de2673c128e'],
  [27, 1060, 'e86ba9230632e2ba'],
])('also in version %i, with several blocks, long lengths and the version in it', (version, length, known) => {
  const link = 'https://shop.example/?ref=ann&page='.padEnd(length, 'abcdefghij')
  expect(drawn(link)).toHaveLength(version * 4 + 17)
  expect(hash(link)).toBe(known)
})

test('the smallest version that holds the text is taken, and a text too long for any has no code', () => {
  const versionOf = (length: number) => (drawn('x'.repeat(length)).length - 17) / 4
  expect([1, 14, 15, 26, 27, 180, 181, 213, 214, 2331].map(versionOf)).toEqual([1, 1, 2, 2, 3, 9, 10, 10, 11, 40])
  expect(qrCode('x'.repeat(2332))).toBeNull()
  expect(versionOf(0)).toBe(1)
})

test('letters beyond ASCII count as the bytes they are', () => {
  expect(drawn('ü'.repeat(8)).length).toBe(drawn('x'.repeat(16)).length)
})
