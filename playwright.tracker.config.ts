/** The tracker's browser tests: `playwright test -c playwright.tracker.config.ts`. They build latest.js themselves. */
import { defineConfig } from '@playwright/test'
import { browserFlags, userAgent } from './tools/browser-flags.ts'

const launchOptions = {
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  // Any host name is served by the one collector a test starts.
  args: [...browserFlags, '--host-resolver-rules=MAP * 127.0.0.1'],
}

export default defineConfig({
  testDir: 'e2e/tracker',
  outputDir: 'test-results/tracker',
  globalSetup: './e2e/tracker/build.ts',
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 20_000,
  reporter: 'list',
  use: { userAgent, launchOptions },
  projects: [
    { name: 'tracker', testIgnore: '**/bfcache.spec.ts' },
    {
      name: 'bfcache',
      testMatch: '**/bfcache.spec.ts',
      use: { launchOptions: { ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } },
    },
  ],
})
