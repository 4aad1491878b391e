/**
 * A link as a QR code (ISO/IEC 18004): byte mode, error correction level M, the smallest of the 40 versions that holds it.
 * Coordinates are (x, y) from the top left corner, as in the standard.
 */

/** Per version: bytes of error correction in each block, and how many blocks there are, at level M. */
const CHECK_BYTES = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
]
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35,
  37, 38, 40, 43, 45, 47, 49,
]

/** Rows of modules, true = dark, without the light border of four that belongs around it. */
export type Modules = boolean[][]

/** null: longer than the 2,331 bytes a code can hold. */
export function qrCode(text: string): Modules | null {
  const bytes = [...new TextEncoder().encode(text)]
  const version = CHECK_BYTES.findIndex((_, index) => bytes.length <= dataBytes(index + 1) - headerBytes(index + 1)) + 1
  if (version === 0) return null

  const stream = withChecks(padded(bytes, version), version)
  const { modules, fixed } = frame(version)
  place(stream, modules, fixed)

  const candidates = MASKS.map((mask, index) => {
    const masked = modules.map((row, y) => row.map((dark, x) => (fixed[y]![x] ? dark : dark !== mask(x, y))))
    writeFormat(masked, index)
    return { masked, penalty: penaltyOf(masked) }
  })
  return candidates.reduce((best, next) => (next.penalty < best.penalty ? next : best)).masked
}

const totalBits = (version: number) => {
  const aligned = version > 1 ? Math.floor(version / 7) + 2 : 0
  const alignment = aligned && (25 * aligned - 10) * aligned - 55
  return (16 * version + 128) * version + 64 - alignment - (version >= 7 ? 36 : 0)
}
const totalBytes = (version: number) => totalBits(version) >> 3
const dataBytes = (version: number) => totalBytes(version) - CHECK_BYTES[version - 1]! * BLOCKS[version - 1]!
/** Four bits of mode and eight (from version 10 on sixteen) of length, and four that end the text. */
const headerBytes = (version: number) => (version < 10 ? 2 : 3)

function padded(bytes: number[], version: number): number[] {
  const size = bytes.length.toString(2).padStart(version < 10 ? 8 : 16, '0')
  const bits = `0100${size}${bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')}0000`
  const full = bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2))
  const missing = dataBytes(version) - full.length
  return [...full, ...Array.from({ length: missing }, (_, index) => (index % 2 ? 0x11 : 0xec))]
}

/** Splits into blocks, adds each one's error correction, and shuffles them into each other. */
function withChecks(bytes: number[], version: number): number[] {
  const checks = CHECK_BYTES[version - 1]!
  const count = BLOCKS[version - 1]!
  const short = Math.floor(bytes.length / count)
  const shorter = count - (bytes.length % count)
  const divisor = divisorOf(checks)
  let from = 0
  const blocks = Array.from({ length: count }, (_, index) => {
    const block = bytes.slice(from, (from += short + (index < shorter ? 0 : 1)))
    return { block, check: remainder(block, divisor) }
  })
  const column = (index: number, part: 'block' | 'check') => blocks.flatMap((one) => one[part][index] ?? [])
  return [
    ...Array.from({ length: short + 1 }, (_, index) => column(index, 'block')),
    ...Array.from({ length: checks }, (_, index) => column(index, 'check')),
  ].flat()
}

/** Reed-Solomon over GF(2^8 / 0x11d). */
function divisorOf(degree: number): number[] {
  const result = [...Array.from({ length: degree - 1 }, () => 0), 1]
  let root = 1
  for (let round = 0; round < degree; round += 1) {
    for (let index = 0; index < degree; index += 1) {
      result[index] = times(result[index]!, root) ^ (result[index + 1] ?? 0)
    }
    root = times(root, 2)
  }
  return result
}

function remainder(block: number[], divisor: number[]): number[] {
  const result = divisor.map(() => 0)
  for (const byte of block) {
    const factor = byte ^ result.shift()!
    result.push(0)
    for (const [index, one] of divisor.entries()) result[index]! ^= times(one, factor)
  }
  return result
}

function times(one: number, other: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d) ^ (((other >>> bit) & 1) * one)
  }
  return product
}

/** What every code of a version has: finders, alignment, timing and the version; format bits are kept free. */
function frame(version: number) {
  const size = version * 4 + 17
  const grid = () => Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  const [modules, fixed] = [grid(), grid()]
  const set = (x: number, y: number, dark: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return
    modules[y]![x] = dark
    fixed[y]![x] = true
  }
  const rings = (x: number, y: number, radius: number, dark: (distance: number) => boolean) => {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) {
        set(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))))
      }
    }
  }

  for (let at = 0; at < size; at += 1) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  const far = size - 7
  const lines = alignmentOf(version)
  for (const x of lines) {
    for (const y of lines) {
      const onFinder = (x === 6 && (y === 6 || y === far)) || (x === far && y === 6)
      if (!onFinder) rings(x, y, 2, (distance) => distance !== 1)
    }
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    rings(x, y, 4, (distance) => distance !== 2 && distance !== 4)
  }
  for (let at = 0; at < 9; at += 1) {
    for (const [x, y] of [
      [8, at],
      [at, 8],
      [size - 1 - at, 8],
      [8, size - 1 - at],
    ] as const) {
      if (!fixed[y]![x] && (at < 8 || x === y)) set(x, y, false)
    }
  }
  set(8, size - 8, true)
  if (version >= 7) {
    const bits = (version << 12) | rest(version, 12, 0x1f25)
    for (let bit = 0; bit < 18; bit += 1) {
      const [one, other] = [size - 11 + (bit % 3), Math.floor(bit / 3)]
      set(one, other, ((bits >>> bit) & 1) === 1)
      set(other, one, ((bits >>> bit) & 1) === 1)
    }
  }
  return { modules, fixed }
}

function alignmentOf(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2
  return [6, ...Array.from({ length: count - 1 }, (_, index) => version * 4 + 10 - (count - 2 - index) * step)]
}

/** Up and down in columns of two from the lower right corner, leaving out what is fixed. */
function place(stream: number[], modules: Modules, fixed: Modules) {
  const size = modules.length
  let bit = 0
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < size; step += 1) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (fixed[y]![x]) continue
        modules[y]![x] = (((stream[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1) === 1
        bit += 1
      }
    }
  }
}

/** Level M and the mask, fifteen bits, twice. */
function writeFormat(modules: Modules, mask: number) {
  const size = modules.length
  const bits = ((mask << 10) | rest(mask, 10, 0x537)) ^ 0x5412
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = ((bits >>> bit) & 1) === 1
    const [x, y] = bit < 8 ? [8, bit < 6 ? bit : bit + 1] : [bit === 8 ? 7 : 14 - bit, 8]
    modules[y]![x] = dark
    if (bit < 8) modules[8]![size - 1 - bit] = dark
    else modules[size - 15 + bit]![8] = dark
  }
}

/** Remainder of a BCH code of `degree` bits. */
function rest(value: number, degree: number, generator: number): number {
  let result = value
  for (let step = 0; step < degree; step += 1) result = (result << 1) ^ ((result >>> (degree - 1)) * generator)
  return result
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

/** How hard a camera would find it: long runs, squares of one color, what looks like a finder, too much of one color. */
function penaltyOf(modules: Modules): number {
  const size = modules.length
  const rows = modules.map((row) => row.map(Number).join(''))
  const columns = rows.map((_, x) => rows.map((row) => row[x]).join(''))
  let penalty = 0
  for (const line of [...rows, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2
    penalty += 40 * [...line.matchAll(/(?=10111010000|00001011101)/g)].length
  }
  for (let y = 1; y < size; y += 1) {
    for (let x = 1; x < size; x += 1) {
      const square = rows[y]!.slice(x - 1, x + 1) + rows[y - 1]!.slice(x - 1, x + 1)
      if (square === '0000' || square === '1111') penalty += 3
    }
  }
  const dark = rows.join('').replaceAll('0', '').length
  return penalty + 10 * Math.floor(Math.abs((dark / size ** 2) * 20 - 10))
}
