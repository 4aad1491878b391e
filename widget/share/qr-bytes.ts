/** The bytes of a QR code: which version holds a text, and the text with its error correction. */

/** Per version: bytes of error correction in each block, and how many blocks there are, at level M. */
const CHECK_BYTES = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
]
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35,
  37, 38, 40, 43, 45, 47, 49,
]

/** The smallest version that holds the bytes; 0: none does. */
export const versionFor = (bytes: number[]) =>
  CHECK_BYTES.findIndex((_, index) => bytes.length <= dataBytes(index + 1) - headerBytes(index + 1)) + 1

export const streamOf = (bytes: number[], version: number) => withChecks(padded(bytes, version), version)

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
