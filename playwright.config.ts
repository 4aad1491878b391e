/** Browser tests. Each starts the servers it needs on free ports; `npm run e2e` builds the scripts first. */
import { defineConfig } from '@playwright/test'
import { browserFlags, userAgent } from './tools/browser-flags.ts'
import { ensureChromium } from './tools/chromium.ts'

export default defineConfig({
  testDir: 'e2e',
  testMatch: /e2e[\\/][^\\/]+\.spec\.ts$/,
  outputDir: 'test-results',
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['html', { open: 'never' }]],
  use: {
    userAgent,
    launchOptions: { executablePath: ensureChromium(), args: browserFlags },
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
})
