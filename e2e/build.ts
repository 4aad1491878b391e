/** Builds the browser scripts once for all tests, as they are shipped; built from these sources before, they are taken as they are. */
import { join } from 'node:path'
import { buildIfChanged } from '../tools/build.ts'

const built = join(import.meta.dirname, '..', 'dist')
export const builtScript = join(built, 'latest.js')
export const builtWidget = join(built, 'page.js')

export default (): void => buildIfChanged()
