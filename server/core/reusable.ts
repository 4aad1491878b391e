/** Statements of the hot path that are compiled once: building SQL with hundreds of values costs more than running it. */
import type { Compilable, CompiledQuery } from 'kysely'
import type { Tx } from '../db/schema.ts'

/**
 * @param build makes the query; its SQL must depend on the shape alone
 * @returns a function that runs it for a shape (such as a number of rows) with the bound values in the query's order
 */
export function reusable<Input, Row>(build: (tx: Tx, input: Input) => Compilable<Row>) {
  const compiled = new WeakMap<object, Map<string, CompiledQuery<Row>>>()
  return async (tx: Tx, shape: string, input: Input, parameters: readonly unknown[]): Promise<Row[]> => {
    const { adapter } = tx.getExecutor()
    const shapes = compiled.get(adapter) ?? new Map<string, CompiledQuery<Row>>()
    compiled.set(adapter, shapes)
    const query = shapes.get(shape) ?? build(tx, input).compile()
    shapes.set(shape, query)
    return (await tx.executeQuery<Row>({ ...query, parameters })).rows
  }
}
