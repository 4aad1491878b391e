/**
 * `npm run test:engines`: the tracker's story and the widget's first paint in Firefox and in WebKit, Safari's engine.
 * Named engines only: `npm run test:engines -- firefox`. The scripts are built from their sources first.
 */
import { ensureEngines, type EngineName } from '../e2e/engines/find.ts'
import { startFirefox } from '../e2e/engines/firefox.ts'
import { startProxy } from '../e2e/engines/proxy.ts'
import { playAll } from '../e2e/engines/run.ts'
import { startWebKit } from '../e2e/engines/webkit.ts'
import { buildIfChanged } from './build.ts'

const START = { firefox: startFirefox, webkit: startWebKit }
const ALL: EngineName[] = ['firefox', 'webkit']

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !ALL.some((engine) => engine === name))
if (unknown) throw new Error(`An engine is one of ${ALL.join(', ')}, got "${unknown}"`)
const engines = ALL.filter((engine) => asked.length === 0 || asked.includes(engine))

// An exit takes the browsers along, a signal alone would leave them behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const paths = ensureEngines(engines)
buildIfChanged()
const proxy = await startProxy()
let passed = 0
let failed = 0
for (const engine of engines) {
  const driver = await START[engine](paths[engine], proxy.port)
  const score = await playAll(driver)
  passed += score.passed
  failed += score.failed
  await driver.quit()
}
proxy.stop()

console.log(`\n${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
