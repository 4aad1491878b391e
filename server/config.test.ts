import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'

test('everything has a default, and empty variables count as absent', () => {
  expect(loadConfig({ PORT: '' })).toEqual({
    port: 3000,
    host: '0.0.0.0',
    publicUrl: 'http://localhost:3000',
    databaseUrl: 'sqlite:data/refgrow.db',
    anchorFile: 'data/refgrow.db.anchor',
    databasePool: 10,
    trustedProxies: [],
    trackerPaths: [],
    widgetPaths: [],
    secretKey: undefined,
    secretKeyFile: 'data/secret.key',
    smtpUrl: undefined,
    mailFrom: 'Refgrow <no-reply@localhost>',
    outboxFolder: 'data/outbox',
    logLevel: 'info',
    rateLimits: { keyPerMinute: 100, ipPerMinute: 100, keyPerHour: 1000, publicPerMinute: 6000, linkPerMinute: 60_000 },
  })
})

test('given values are read', () => {
  const config = loadConfig({
    PORT: '8080',
    PUBLIC_URL: 'https://ref.example.com/',
    DATABASE_URL: 'postgres://u:p@db/x',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1',
  })
  expect(config).toMatchObject({
    port: 8080,
    publicUrl: 'https://ref.example.com',
    databaseUrl: 'postgres://u:p@db/x',
    trustedProxies: ['10.0.0.0/8', '::1'],
    secretKeyFile: 'data/secret.key',
    mailFrom: 'Refgrow <no-reply@ref.example.com>',
    outboxFolder: 'data/outbox',
  })
  expect(config.anchorFile).toBeUndefined()
  expect(loadConfig({ DATABASE_URL: 'postgres://u:p@db/x', ANCHOR_FILE: '/a/b' }).anchorFile).toBe('/a/b')
  expect(Object.isFrozen(config)).toBe(true)
})

test('a wrong variable is named, with what was expected, in one sentence', () => {
  const cases: [Record<string, string>, string][] = [
    [{ PORT: 'abc' }, 'PORT is wrong: expected a port number from 0 to 65535, got "abc"'],
    [{ MAIL_FROM: 'Acme' }, 'MAIL_FROM is wrong: expected an address such as Acme <partners@acme.example>, got "Acme"'],
    [{ PORT: '70000' }, 'PORT is wrong: expected a port number from 0 to 65535, got "70000"'],
    [
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL is wrong: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
    ],
    [
      { PUBLIC_URL: 'refgrow.example.com' },
      'PUBLIC_URL is wrong: expected an address such as https://refgrow.example.com, got "refgrow.example.com"',
    ],
    [
      { TRUSTED_PROXIES: '1' },
      'TRUSTED_PROXIES is wrong: expected addresses or networks separated by commas, such as 10.0.0.0/8,127.0.0.1, got "1"',
    ],
    [
      { TRACKER_PATHS: '/api/x.js' },
      'TRACKER_PATHS is wrong: expected paths separated by commas, such as /js/app.js; not below /api, /webhook, /r, /healthz, /readyz, /locales or /mcp, got "/api/x.js"',
    ],
    [{ DATABASE_POOL: '0' }, 'DATABASE_POOL is wrong: expected a whole number of connections from 1 to 1000, got "0"'],
    [{ SECRET_KEY: 'secret' }, 'SECRET_KEY is wrong: expected 64 hexadecimal digits, got "..."'],
    [
      { DATABASE_URL: 'mysql://u:secret@x/y' },
      'DATABASE_URL must start with sqlite: or postgres://, got "mysql://...@x/y"',
    ],
  ]
  for (const [env, sentence] of cases) expect(() => loadConfig(env)).toThrow(sentence)
})
