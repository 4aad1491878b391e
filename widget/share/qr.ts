/**
 * A link as a QR code (ISO/IEC 18004): byte mode, error correction level M, the smallest of the 40 versions that holds it.
 * Coordinates are (x, y) from the top left corner, as in the standard.
 */
import { streamOf, versionFor } from './qr-bytes.ts'
import { frame, place, writeFormat, type Modules } from './qr-modules.ts'

/** null: longer than the 2,331 bytes a code can hold. */
export function qrCode(text: string): Modules | null {
  const bytes = [...new TextEncoder().encode(text)]
  const version = versionFor(bytes)
  if (version === 0) return null

  const stream = streamOf(bytes, version)
  const { modules, fixed } = frame(version)
  place(stream, modules, fixed)

  const candidates = MASKS.map((mask, index) => {
    const masked = modules.map((row, y) => row.map((dark, x) => (fixed[y]![x] ? dark : dark !== mask(x, y))))
    writeFormat(masked, index)
    return { masked, penalty: penaltyOf(masked) }
  })
  return candidates.reduce((best, next) => (next.penalty < best.penalty ? next : best)).masked
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
