/**
 * The browser tests, a project for each folder of e2e/: `npm run e2e -- --project tracker` runs one. Each test starts the
 * servers it needs on free ports.
 */
import { defineConfig } from '@playwright/test'
import { browserFlags, userAgent } from './tools/browser-flags.ts'
import { ensureChromium } from './tools/chromium.ts'

const executablePath = ensureChromium()
const chromium = { executablePath, args: browserFlags }
// Any host name is served by the one collector a test starts.
const oneServer = { executablePath, args: [...browserFlags, '--host-resolver-rules=MAP * 127.0.0.1'] }

export default defineConfig({
  globalSetup: './e2e/build.ts',
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list'], ['html', { open: 'never' }]],
  use: { userAgent, launchOptions: chromium },
  projects: [
    {
      name: 'story',
      testDir: 'e2e/story',
      timeout: 120_000,
      expect: { timeout: 10_000 },
      use: { trace: { mode: 'retain-on-failure', screenshots: false } },
    },
    {
      name: 'tracker',
      testDir: 'e2e/tracker',
      testIgnore: '**/bfcache.spec.ts',
      timeout: 20_000,
      use: { launchOptions: oneServer },
    },
    {
      name: 'bfcache',
      testDir: 'e2e/tracker',
      testMatch: '**/bfcache.spec.ts',
      timeout: 20_000,
      use: { launchOptions: { ...oneServer, ignoreDefaultArgs: ['--disable-back-forward-cache'] } },
    },
    { name: 'widget', testDir: 'e2e/widget', timeout: 30_000, use: { locale: 'en-US' } },
  ],
})
