/** The widget's browser tests: `npx playwright test -c e2e/widget/playwright.config.ts`. They build page.js themselves. */
import { defineConfig } from '@playwright/test'
import { browserFlags } from '../../tools/browser-flags.ts'
import { ensureChromium } from '../../tools/chromium.ts'

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/widget',
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  timeout: 30_000,
  reporter: 'list',
  use: { locale: 'en-US', launchOptions: { executablePath: ensureChromium(), args: browserFlags } },
})
