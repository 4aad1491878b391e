/** Unit tests: server code on SQLite and PostgreSQL, browser code in happy-dom (named at the top of the file). */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

export default defineConfig({
  // The build gives the tracker its version in the same way.
  define: { VERSION: JSON.stringify(version) },
  test: {
    include: ['{server,mcp,tracker,widget,locales,demo-site,tools}/**/*.test.{ts,tsx}'],
    globalSetup: ['server/test/postgres.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
