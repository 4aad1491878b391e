/** Statements of the hot path that are compiled once: building SQL costs more than running most of it. */
import type { Compilable, CompiledQuery } from 'kysely'
import type { Db, Tx } from '../../db/schema.ts'

/**
 * @param build makes the query from an input whose values it only hands on: they are known when it runs, not when it is built.
 *   Which fields are absent, at any depth, and how many items a list has, are known: another such shape is another query. So is
 *   `variant`.
 * @returns a function that runs it and answers its rows
 */
export function prepared<Input extends object, Row, Variant extends string = string>(
  build: (tx: Tx, input: Input, variant: Variant) => Compilable<Row>,
) {
  const engines = new WeakMap<object, Map<string, CompiledQuery<Row>>>()
  return async (tx: Tx | Db, input: Input, variant = '' as Variant): Promise<Row[]> => {
    const { adapter } = tx.getExecutor()
    const known = engines.get(adapter) ?? new Map<string, CompiledQuery<Row>>()
    engines.set(adapter, known)
    const shape = `${variant} ${shapeOf(input)}`
    const query = known.get(shape) ?? build(tx as Tx, slotsOf(input) as Input, variant).compile()
    known.set(shape, query)
    const parameters = query.parameters.map((value) => (value instanceof Slot ? value.read(input) : value))
    return (await tx.executeQuery<Row>({ ...query, parameters })).rows
  }
}

/**
 * A long list in parts, one statement each. Every length of a list is a query that is kept: of lists up to 500 they took 700 MB.
 */
export function partsOf<Item>(list: Item[]): Item[][] {
  if (list.length <= LONGEST_PART) return list.length > 0 ? [list] : []
  return Array.from({ length: Math.ceil(list.length / LONGEST_PART) }, (_, part) =>
    list.slice(part * LONGEST_PART, (part + 1) * LONGEST_PART),
  )
}

const LONGEST_PART = 128

/** Where a value will be found. */
class Slot {
  #path: (string | number)[]

  constructor(path: (string | number)[]) {
    this.#path = path
  }

  read(input: object): unknown {
    let value: unknown = input
    for (const key of this.#path) value = (value as Record<string | number, unknown>)[key]
    if (value === undefined) throw new TypeError(`${this.#path.join('.')} is missing`)
    return value
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError(`${this.#path.join('.')} is not known while the statement is built`)
  }
}

/** Which fields there are, to any depth; of a list how long it is, and the fields of its items, which are the same in all. */
function shapeOf(input: object): string {
  let shape = ''
  for (const key in input) {
    const value = (input as Record<string, unknown>)[key]
    if (value === undefined) continue
    shape += key
    if (Array.isArray(value)) shape += `[${value.length}${fieldsOf(value)}]`
    else if (isNested(value)) shape += `{${shapeOf(value)}}`
    shape += ' '
  }
  return shape
}

/** @throws TypeError when items differ in their fields: a row would lose what the first does not have */
function fieldsOf(items: unknown[]): string {
  const [first] = items
  if (!isNested(first)) return ''
  const count = given(first)
  if (items.some((item) => given(item as object) !== count))
    throw new TypeError('The items of a list must have the same fields')
  return ` ${shapeOf(first)}`
}

function given(item: object): number {
  let count = 0
  for (const key in item) if ((item as Record<string, unknown>)[key] !== undefined) count += 1
  return count
}

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

function slotsOf(value: unknown, path: (string | number)[] = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => slotsOf(item, [...path, index]))
  if (value === null || typeof value !== 'object') return value === undefined ? undefined : new Slot(path)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, slotsOf(item, [...path, key])]))
}
