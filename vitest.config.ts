/** Unit tests: server code on SQLite and PostgreSQL, browser code in happy-dom (named at the top of the file). */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{server,mcp,tracker,widget,demo-site,tools}/**/*.test.{ts,tsx}'],
    globalSetup: ['server/test/postgres.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
