/**
 * How many requests are answered: API keys and addresses per minute and hour, shared between processes on PostgreSQL and in
 * memory on SQLite, where there is one process; and a cheap, wide limit per address for what browsers and providers call.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { RateLimits } from './config.ts'
import type { Clock, Context } from './context.ts'
import { countInWindows, type WindowStart } from './core/kit/rate-window.ts'
import { engineOf } from './db/open.ts'
import type { Instant } from './db/schema.ts'
import { failure } from './errors.ts'

/** Where a caller stands in the tightest of his windows. */
export interface Standing {
  limit: number
  remaining: number
  /** Unix seconds. */
  resetsAt: number
  exceeded: boolean
}

export interface RateLimiter {
  /** Counts one request. @returns undefined when no limit applies */
  count(address: string, apiKeyId: number | undefined, now: Instant): Promise<Standing | undefined>
}

export type HashAddress = (now: Instant, project: number, ip: string, userAgent: string) => string | Promise<string>
export type CountIn = (windows: WindowStart[], now: Instant) => Map<string, number> | Promise<Map<string, number>>

/** At most `limit` requests in each window of so many seconds. */
export interface Limit {
  key: string
  limit: number
  seconds: number
}

export const createCounting = ({ config, db }: Pick<Context, 'config' | 'db'>): CountIn =>
  engineOf(config.databaseUrl) === 'postgres' ? (windows, now) => countInWindows(db, windows, now) : createMemory()

/** @param hashAddress no address is at rest: it is hashed with the day's salt, as visitors are */
export function createRateLimiter(
  { config, db }: Pick<Context, 'config' | 'db'>,
  hashAddress: HashAddress,
): RateLimiter {
  const { keyPerMinute, keyPerHour, ipPerMinute }: RateLimits = config.rateLimits
  const countIn = createCounting({ config, db })

  return {
    async count(address, apiKeyId, now) {
      const windows = [
        { key: `ip-minute ${await hashAddress(now, 0, networkOf(address), '')}`, limit: ipPerMinute, seconds: 60 },
        ...(apiKeyId === undefined
          ? []
          : [
              { key: `key-minute ${apiKeyId}`, limit: keyPerMinute, seconds: 60 },
              { key: `key-hour ${apiKeyId}`, limit: keyPerHour, seconds: 3600 },
            ]),
      ].filter(({ limit }) => limit > 0)
      return standingOf(countIn, windows, now)
    },
  }
}

/** Counts one request in each window. @returns undefined when there is none */
export async function standingOf(countIn: CountIn, windows: Limit[], now: Instant): Promise<Standing | undefined> {
  if (windows.length === 0) return undefined
  const second = Math.floor(Date.parse(now) / 1000)
  const startOf = (seconds: number) => second - (second % seconds)
  const used = await countIn(
    windows.map(({ key, seconds }) => ({ key, starts_at: new Date(startOf(seconds) * 1000).toISOString() })),
    now,
  )
  return tightest(
    windows.map(({ key, limit, seconds }) => ({
      limit,
      remaining: Math.max(0, limit - (used.get(key) ?? 0)),
      resetsAt: startOf(seconds) + seconds,
      exceeded: (used.get(key) ?? 0) > limit,
    })),
  )
}

/** The window that refuses longest, or else the one with the fewest requests left. */
const tightest = (standings: Standing[]): Standing | undefined =>
  standings.toSorted(
    (a, b) =>
      Number(b.exceeded) - Number(a.exceeded) ||
      (a.exceeded ? b.resetsAt - a.resetsAt : a.remaining - b.remaining || b.resetsAt - a.resetsAt),
  )[0]

/** Says on every answer where the caller stands. */
export const rateHeaders = ({ limit, remaining, resetsAt }: Standing): Record<string, string> => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(resetsAt),
})

export function tooMany(reply: FastifyReply, secondsLeft: number): FastifyReply {
  const seconds = Math.max(1, Math.ceil(secondsLeft))
  return reply
    .code(429)
    .header('retry-after', String(seconds))
    .send(failure('rate_limited', `Too many requests; try again in ${seconds} second${seconds === 1 ? '' : 's'}`))
}

/** At most so many requests per address and minute; one look into a map, because every click passes here. */
export function limitAddresses(routes: FastifyInstance, perMinute: number, clock: Clock): void {
  if (perMinute === 0) return
  const countAddress = createMinuteCounts()
  routes.addHook('onRequest', (request, reply, done) => {
    const now = clock.now()
    const count = countAddress(networkOf(request.ip), now)
    if (count <= perMinute) return done()
    if (count === perMinute + 1)
      request.log.warn(
        { route: request.routeOptions.url },
        'an address passed RATE_LIMIT_PUBLIC_PER_MINUTE; behind a reverse proxy all visitors are one address until TRUSTED_PROXIES names it',
      )
    tooMany(reply, 60 - Number(now.slice(17, 19)))
  })
}

/** How often each key was met in the running minute, this time included; in the memory of this process. */
export function createMinuteCounts(): (key: string, now: Instant) => number {
  let minute = ''
  const used = new Map<string, number>()
  return (key, now) => {
    if (!now.startsWith(minute) || minute === '' || used.size >= KEYS_KEPT) {
      minute = now.slice(0, 'YYYY-MM-DDTHH:mm'.length)
      used.clear()
    }
    const count = (used.get(key) ?? 0) + 1
    used.set(key, count)
    return count
  }
}

const KEYS_KEPT = 100_000

/** An IPv4 address, or the /64 network of an IPv6 address: one customer's line has as many addresses as he likes. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip
  if (/^::ffff:\d+\./i.test(ip)) return ip.slice('::ffff:'.length)
  const [head = '', tail] = ip.split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) groups.push(...Array(Math.max(0, 8 - groups.length - tail.split(':').length)).fill('0'))
  return groups.slice(0, 4).join(':')
}

/** The windows of a process that is alone. A clock that is set back begins them anew. */
function createMemory(): CountIn {
  const used = new Map<string, { starts_at: Instant; count: number }>()
  let sweptAt = 0
  return (windows, now) => {
    const at = Date.parse(now)
    if (Math.abs(at - sweptAt) >= HOUR_MS) {
      sweptAt = at
      const cutoff = new Date(at - HOUR_MS).toISOString()
      for (const [key, { starts_at }] of used) if (starts_at < cutoff || starts_at > now) used.delete(key)
    }
    return new Map(
      windows.map(({ key, starts_at }) => {
        const known = used.get(key)
        const count = known?.starts_at === starts_at ? known.count + 1 : 1
        used.set(key, { starts_at, count })
        return [key, count]
      }),
    )
  }
}

const HOUR_MS = 3_600_000
