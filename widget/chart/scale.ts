/** The arithmetic of the chart: which days, how high, which three lines. Everything is in percent of the plot. */

export interface Point {
  day: string
  value: number
}

export interface Scale {
  /** Values of the three hairlines, lowest first. */
  ticks: [number, number, number]
  /** Distance from the top of the plot in percent. */
  y(value: number): number
}

/** The last `count` days up to and including `today`; a day without an entry is zero. */
export function lastDays<Entry extends { day: string }>(
  entries: readonly Entry[],
  today: string,
  count: number,
  value: (entry: Entry) => number,
): Point[] {
  const byDay = new Map(entries.map((entry) => [entry.day, value(entry)]))
  const end = Date.parse(today)
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(end - (count - 1 - index) * 86_400_000).toISOString().slice(0, 10)
    return { day, value: byDay.get(day) ?? 0 }
  })
}

/** Two round steps that hold every value and zero. Values are whole (counts, minor units): so are the steps. */
export function scaleOf(values: readonly number[]): Scale {
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const step = roundSteps().find((size) => Math.ceil(high / size) - Math.floor(low / size) <= 2)!
  const bottom = low < 0 && high <= 0 ? -2 * step : Math.floor(low / step) * step
  return {
    ticks: [bottom, bottom + step, bottom + 2 * step],
    y: (value) => 100 - ((value - bottom) / (2 * step)) * 100,
  }
}

/** Distance of point `index` of `count` from the start of the plot in percent. A single point stands in the middle. */
export const x = (index: number, count: number) => (count === 1 ? 50 : (index / (count - 1)) * 100)

export function linePath(points: readonly Point[], scale: Scale): string {
  const steps = points.map(({ value }, index) => `${round(x(index, points.length))} ${round(scale.y(value))}`)
  return `M${steps.join('L')}`
}

/** The line, closed along zero. */
export function areaPath(points: readonly Point[], scale: Scale): string {
  const zero = round(scale.y(0))
  return `${linePath(points, scale)}L${round(x(points.length - 1, points.length))} ${zero}L${round(x(0, points.length))} ${zero}Z`
}

function* roundSteps() {
  for (let power = 1; ; power *= 10) {
    for (const digit of power === 1 ? [1, 2, 3, 4, 5, 6, 8] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]) yield digit * power
  }
}

const round = (value: number) => Math.round(value * 100) / 100
