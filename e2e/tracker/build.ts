/** Builds latest.js once per run, by the same settings as the one that is shipped. */
import { rollup, type OutputOptions } from 'rollup'
import scripts from '../../rollup.config.ts'

export const builtScript = 'test-results/latest.js'

export default async function build(): Promise<void> {
  const settings = scripts.find(({ input }) => input === 'tracker/latest.ts')
  if (!settings) throw new Error('rollup.config.ts must build tracker/latest.ts')
  const bundle = await rollup(settings)
  await bundle.write({ ...(settings.output as OutputOptions), file: builtScript })
  await bundle.close()
}
