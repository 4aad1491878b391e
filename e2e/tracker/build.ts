/** Builds latest.js, and page.js beside it, once per run, by the same settings as the ones that are shipped. */
import { rollup, type OutputOptions } from 'rollup'
import scripts from '../../rollup.config.ts'

/** Not among the results: another run of tests empties those. */
const folder = 'node_modules/.cache/refgrow-e2e'
export const builtScript = `${folder}/latest.js`
export const builtWidget = `${folder}/page.js`

export default async function build(): Promise<void> {
  for (const [source, file] of [
    ['tracker/latest.ts', builtScript],
    ['widget/page.ts', builtWidget],
  ] as const) {
    const settings = scripts.find(({ input }) => input === source)
    if (!settings) throw new Error(`rollup.config.ts must build ${source}`)
    const bundle = await rollup(settings)
    await bundle.write({ ...(settings.output as OutputOptions), file })
    await bundle.close()
  }
}
