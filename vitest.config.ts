/** Unit tests: server code on SQLite and PostgreSQL, browser code in happy-dom (named at the top of the file). */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

export default defineConfig({
  // The build gives the tracker its version in the same way.
  define: { VERSION: JSON.stringify(version) },
  test: {
    include: ['{server,mcp,tracker,widget,locales,demo-site,tools}/**/*.test.{ts,tsx}'],
    // No test is skipped; what an operating system cannot do is left out there. Everywhere health.test.ts fills a database.
    exclude: [
      ...configDefaults.exclude,
      ...(process.platform === 'linux' ? [] : ['server/promises/18-full-disk.test.ts']),
    ],
    globalSetup: ['server/test/postgres.ts'],
    pool: 'forks',
    // Vitest leaves a core free, of two half the machine; many tests wait for servers they started.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
