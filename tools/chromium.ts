/** Finds the Chromium that the browser tests drive, and installs one where that is possible without asking. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'

/** The first of: CHROMIUM_PATH, Playwright's own browser, the system's Chromium, Chrome. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM_PATH) {
    if (isProgram(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH must name a program that can be started, got "${env.CHROMIUM_PATH}"`)
  }
  return [
    chromium.executablePath(),
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    ...onPath(['google-chrome', 'google-chrome-stable', 'chromium', 'chrome'], env.PATH),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ].find((file) => isProgram(file) && !isSnapPointer(file))
}

/** @throws Error that names the command to run, where Chromium is missing and cannot be installed from here. */
export function ensureChromium(): string {
  ensureFont()
  const found = findChromium()
  if (found) return found
  if (!canInstall()) throw new Error(`The browser tests need Chromium. Run: ${howToInstall()}`)

  console.log('Chromium is missing. Installing it: apt-get update && apt-get install -y chromium')
  try {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', 'chromium')
  } catch {
    // apt-get has said why; what is left to do stands below.
  }
  const installed = findChromium()
  if (!installed) throw new Error('apt-get installed no Chromium. Run: npx playwright install --with-deps chromium')
  return installed
}

/**
 * The pages under test are drawn in Liberation Sans, whose letters are as wide as Arial's. Where Debian's Chromium comes
 * without it, DejaVu takes its place: wider by a tenth, so that lines break elsewhere and heights differ.
 */
function ensureFont(): void {
  if (process.platform !== 'linux' || hasFont()) return
  if (!canInstall()) {
    console.log('The browser tests measure text in Liberation Sans. Run: sudo apt-get install -y fonts-liberation')
    return
  }
  console.log('Liberation Sans is missing. Installing it: apt-get update && apt-get install -y fonts-liberation')
  aptGet('update')
  aptGet('install', '-y', '--no-install-recommends', 'fontconfig', 'fonts-liberation')
}

function hasFont(): boolean {
  try {
    return execFileSync('fc-match', ['Liberation Sans'], { encoding: 'utf8' }).startsWith('Liberation')
  } catch {
    return false
  }
}

const canInstall = () => process.getuid?.() === 0 && isProgram('/usr/bin/apt-get') && isDebianLike()

function howToInstall(): string {
  if (process.platform === 'darwin') return 'brew install --cask chromium'
  if (isDebianLike()) return 'sudo apt-get update && sudo apt-get install -y chromium'
  return 'npx playwright install chromium'
}

function isDebianLike(): boolean {
  try {
    return /^(ID|ID_LIKE)=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

const aptGet = (...args: string[]) =>
  execFileSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })

const onPath = (names: string[], path = '') =>
  path.split(delimiter).flatMap((folder) => (folder === '' ? [] : names.map((name) => join(folder, name))))

/** Ubuntu's package is no browser but a script that points to a snap, which containers cannot run. */
const isSnapPointer = (file: string) =>
  statSync(file).size < 10_000 && readFileSync(file, 'utf8').includes('/snap/bin/') && !isProgram('/snap/bin/chromium')

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
