/** Finds Firefox and WebKit's driver, and installs them where that is possible without asking. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type EngineName = 'firefox' | 'webkit'

const PACKAGES: Record<EngineName, string[]> = {
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb'],
}

/** The first of: FIREFOX_PATH, Debian's Firefox ESR, the system's Firefox. */
export function findFirefox(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.FIREFOX_PATH) {
    if (isProgram(env.FIREFOX_PATH)) return env.FIREFOX_PATH
    throw new Error(`FIREFOX_PATH must name a program that can be started, got "${env.FIREFOX_PATH}"`)
  }
  return [
    '/usr/bin/firefox-esr',
    ...onPath('firefox', env.PATH),
    '/Applications/Firefox.app/Contents/MacOS/firefox',
  ].find((file) => isProgram(file) && !isSnapPointer(file))
}

/** The driver of WebKit's GTK port; it is of use only together with Xvfb, the display that nobody sees. */
export function findWebKit(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const first = (name: string) => [...onPath(name, env.PATH), join('/usr/bin', name)].find(isProgram)
  return first('Xvfb') && first('WebKitWebDriver')
}

/** @throws Error that names the command to run, where an engine is missing and cannot be installed from here. */
export function ensureEngines(names: EngineName[]): Record<EngineName, string> {
  const missing = names.filter((name) => !find(name))
  const packages = missing.flatMap((name) => PACKAGES[name])
  if (packages.length > 0 && !canInstall()) throw new Error(whatToDo(missing, packages))

  if (packages.length > 0) {
    console.log(`Installing what is missing: apt-get update && apt-get install -y ${packages.join(' ')}`)
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', ...packages)
  }
  const lacking = names.find((name) => !find(name))
  if (lacking) throw new Error(whatToDo([lacking], PACKAGES[lacking]))
  return { firefox: find('firefox') ?? '', webkit: find('webkit') ?? '' }
}

const find = (name: EngineName) => (name === 'firefox' ? findFirefox() : findWebKit())

function whatToDo(missing: EngineName[], packages: string[]): string {
  if (process.platform === 'linux') {
    return `The engine tests need ${missing.join(' and ')}. Run: sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`
  }
  if (missing.includes('webkit')) {
    return "WebKit's GTK port, which can be driven, is for Linux. Run: npm run test:engines -- firefox"
  }
  return 'The engine tests need Firefox. Install it, or set FIREFOX_PATH and run: npm run test:engines -- firefox'
}

const canInstall = () => process.getuid?.() === 0 && isProgram('/usr/bin/apt-get')

const aptGet = (...args: string[]) =>
  execFileSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })

const onPath = (name: string, path = '') =>
  path.split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, name)]))

/** Ubuntu's package is no browser but a script that points to a snap, which a driver cannot start. */
const isSnapPointer = (file: string) =>
  statSync(file).size < 10_000 && readFileSync(file, 'utf8').includes('/snap/bin/')

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
