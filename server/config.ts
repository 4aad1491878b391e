/** Configuration from the environment; a wrong variable stops the start with one sentence that names it. */
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { engineOf } from './db/open.ts'
import { POOL_SIZE } from './db/postgres.ts'

/** Further addresses of a script: `/js/app.js,/a.js`. The server's own addresses are taken. */
const paths = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((path) => path.trim())
      .filter(Boolean),
  )
  .refine(
    (list) =>
      list.every(
        (path) => /^(\/[\w.-]+)+$/.test(path) && !/^\/(api|webhook|r|healthz|readyz|locales|mcp)(\/|$)/.test(path),
      ),
    'paths separated by commas, such as /js/app.js; not below /api, /webhook, /r, /healthz, /readyz, /locales or /mcp',
  )

const perWindow = (otherwise: number) =>
  z.coerce
    .number('a whole number of requests, or 0 for no limit')
    .int('a whole number of requests, or 0 for no limit')
    .min(0, 'a whole number of requests, or 0 for no limit')
    .default(otherwise)

const Environment = z.object({
  PORT: z.coerce
    .number('a port number from 0 to 65535')
    .int('a port number from 0 to 65535')
    .min(0, 'a port number from 0 to 65535')
    .max(65535, 'a port number from 0 to 65535')
    .default(3000),
  HOST: z.string().default('0.0.0.0'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'an address such as https://refgrow.example.com' }).optional(),
  DATABASE_URL: z.string().default('sqlite:data/refgrow.db'),
  ANCHOR_FILE: z.string().optional(),
  DATABASE_POOL: z.coerce
    .number('a whole number of connections from 1 to 1000')
    .int('a whole number of connections from 1 to 1000')
    .min(1, 'a whole number of connections from 1 to 1000')
    .max(1000, 'a whole number of connections from 1 to 1000')
    .default(POOL_SIZE),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((address) => address.trim())
        .filter(Boolean),
    )
    .refine((list) => list.every(isAddress), 'addresses or networks separated by commas, such as 10.0.0.0/8,127.0.0.1'),
  TRACKER_PATHS: paths,
  WIDGET_PATHS: paths,
  SECRET_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, '64 hexadecimal digits')
    .optional(),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'an address such as smtp://user:password@mail.example.com:587' })
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^([^<>@\r\n]* )?<?[^\s<>@,]+@[^\s<>@,]+>?$/, 'an address such as Acme <partners@acme.example>')
    .optional(),
  RATE_LIMIT_KEY_PER_MINUTE: perWindow(100),
  RATE_LIMIT_IP_PER_MINUTE: perWindow(100),
  RATE_LIMIT_KEY_PER_HOUR: perWindow(1000),
  RATE_LIMIT_PUBLIC_PER_MINUTE: perWindow(6000),
  RATE_LIMIT_LINK_PER_MINUTE: perWindow(60_000),
  EXCHANGE_RATES: z
    .string()
    .regex(/^(https?:\/\/\S+|[^:]+)$/, 'a file, or an address such as https://rates.example.com/latest')
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

/** All there are. */
export const VARIABLES = Object.keys(Environment.shape)

export interface Config {
  readonly port: number
  readonly host: string
  /** Where browsers reach this server, without a trailing slash. */
  readonly publicUrl: string
  readonly databaseUrl: string
  /** Remembers outside of the database what was committed; undefined: nothing does. */
  readonly anchorFile: string | undefined
  /** Connections of this process to PostgreSQL. */
  readonly databasePool: number
  readonly trustedProxies: readonly string[]
  /** Where latest.js and page.js are served too, for scripts under a name of the company's own. */
  readonly trackerPaths: readonly string[]
  readonly widgetPaths: readonly string[]
  /** 64 hex digits, or undefined: then `secretKeyFile` is used. */
  readonly secretKey: string | undefined
  readonly secretKeyFile: string
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  /** Where mails land as .eml files while there is no SMTP server. */
  readonly outboxFolder: string
  readonly rateLimits: RateLimits
  /** A file or an address; undefined: foreign sales keep their own currency. */
  readonly exchangeRates: string | undefined
  readonly logLevel: string
}

/** Requests per window; 0 is no limit. */
export interface RateLimits {
  readonly keyPerMinute: number
  readonly ipPerMinute: number
  readonly keyPerHour: number
  /** Per address, for what browsers and payment providers call. */
  readonly publicPerMinute: number
  /** Per referral link /r/CODE, whose further clicks are not counted. */
  readonly linkPerMinute: number
}

/** @throws Error with one sentence naming the variable */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = Environment.safeParse(given)
  if (!result.success) {
    const issue = result.error.issues[0]
    const name = String(issue?.path[0])
    throw new Error(`${name} is wrong: expected ${wanted(issue)}, got "${SECRET.has(name) ? '...' : env[name]}"`)
  }
  const { data } = result
  const folder = engineOf(data.DATABASE_URL) === 'sqlite' ? dirname(data.DATABASE_URL.slice('sqlite:'.length)) : 'data'
  const publicUrl = (data.PUBLIC_URL ?? `http://localhost:${data.PORT}`).replace(/\/+$/, '')
  return Object.freeze({
    port: data.PORT,
    host: data.HOST,
    publicUrl,
    databaseUrl: data.DATABASE_URL,
    anchorFile: data.ANCHOR_FILE ?? besideFile(data.DATABASE_URL),
    databasePool: data.DATABASE_POOL,
    trustedProxies: data.TRUSTED_PROXIES,
    trackerPaths: data.TRACKER_PATHS,
    widgetPaths: data.WIDGET_PATHS,
    secretKey: data.SECRET_KEY,
    secretKeyFile: join(folder, 'secret.key'),
    smtpUrl: data.SMTP_URL,
    mailFrom: data.MAIL_FROM ?? `Refgrow <no-reply@${new URL(publicUrl).hostname}>`,
    outboxFolder: join(folder, 'outbox'),
    rateLimits: Object.freeze({
      keyPerMinute: data.RATE_LIMIT_KEY_PER_MINUTE,
      ipPerMinute: data.RATE_LIMIT_IP_PER_MINUTE,
      keyPerHour: data.RATE_LIMIT_KEY_PER_HOUR,
      publicPerMinute: data.RATE_LIMIT_PUBLIC_PER_MINUTE,
      linkPerMinute: data.RATE_LIMIT_LINK_PER_MINUTE,
    }),
    exchangeRates: data.EXCHANGE_RATES,
    logLevel: data.LOG_LEVEL,
  })
}

/** A database in memory is gone with its process, and a PostgreSQL is on no disk of ours. */
const besideFile = (url: string): string | undefined =>
  engineOf(url) === 'sqlite' && url !== 'sqlite::memory:' ? `${url.slice('sqlite:'.length)}.anchor` : undefined

const SECRET = new Set(['SECRET_KEY', 'SMTP_URL'])

function isAddress(text: string): boolean {
  const [address = '', bits] = text.split('/')
  const version = isIP(address)
  return version !== 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
}

const wanted = (issue: z.core.$ZodIssue | undefined) =>
  issue?.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : (issue?.message ?? 'another value')
