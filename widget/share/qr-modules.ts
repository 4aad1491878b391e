/** The modules of a QR code: where each bit has its place. */

/** Rows of modules, true = dark, without the light border of four that belongs around it. */
export type Modules = boolean[][]

/** What every code of a version has: finders, alignment, timing and the version; format bits are kept free. */
export function frame(version: number) {
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
export function place(stream: number[], modules: Modules, fixed: Modules) {
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
export function writeFormat(modules: Modules, mask: number) {
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
