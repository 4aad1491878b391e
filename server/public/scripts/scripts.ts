/** The two browser scripts, at evergreen and at pinned addresses, and the languages. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pack, versionOf, type Words } from '../../../locales/compact.ts'
import type { Context } from '../../context.ts'
import { findScriptVersion, keepScriptVersion } from '../../core/project/script-version.ts'
import { failure } from '../../errors.ts'
import { type Asset, createAsset, EVERGREEN, IMMUTABLE, readAsset, SCRIPT, serveAsset } from './asset.ts'
import { retried } from '../../db/retried.ts'

/** Old addresses on live pages keep working (COMPAT §1). */
const ADDRESSES = {
  'latest.js': ['/latest.js', '/tracking.js'],
  'page.js': ['/page.js', '/js/page.js', '/embed.js'],
}
type ScriptName = keyof typeof ADDRESSES

export interface ScriptFolders {
  dist: string
  locales: string
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** The languages there are words for, by their codes. */
export const languagesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace('.json', ''))
    .sort()

/** @throws Error naming the missing script when the folder was not built */
export const scriptRoutes =
  ({ db, clock, config }: Context, { dist, locales }: ScriptFolders) =>
  async (app: FastifyInstance) => {
    const own: Record<ScriptName, readonly string[]> = {
      'latest.js': config.trackerPaths,
      'page.js': config.widgetPaths,
    }
    for (const name of Object.keys(ADDRESSES) as ScriptName[])
      await serveScript(name, [...ADDRESSES[name], ...own[name]])

    const read = (code: string) => JSON.parse(readAsset(join(locales, `${code}.json`)).toString('utf8')) as Words
    const english = read('en')
    const all: Record<string, Words> = {}
    for (const code of languagesIn(locales)) {
      const words = (all[code] = read(code))
      const whole = await createAsset(Buffer.from(JSON.stringify(words)), JSON_TYPE)
      app.get(`/locales/${code}.json`, (request, reply) => serveAsset(whole, EVERGREEN, request, reply))
      // What page.js of this version reads: a third smaller.
      const packed = await createAsset(Buffer.from(JSON.stringify(pack(words, english))), JSON_TYPE)
      const address = `/locales/${code}.${versionOf(english)}.json`
      app.get(address, (request, reply) => serveAsset(packed, EVERGREEN, request, reply))
    }
    // The specification's address: every language in one file.
    const whole = await createAsset(Buffer.from(JSON.stringify(all)), JSON_TYPE)
    app.get('/locales.json', (request, reply) => serveAsset(whole, EVERGREEN, request, reply))

    async function serveScript(name: ScriptName, addresses: string[]) {
      const body = readAsset(join(dist, name))
      const asset = await createAsset(body, SCRIPT)
      await retried(db, (tx) =>
        keepScriptVersion(tx, { name, hash: asset.hash, body: body.toString('utf8') }, clock.now()),
      )
      for (const address of new Set(addresses))
        app.get(address, (request, reply) => serveAsset(asset, EVERGREEN, request, reply))

      const pinned = new Map<string, Asset>([[asset.hash, asset]])
      app.get<{ Params: { hash: string } }>(pinnedAddress(name, ':hash(^[0-9a-f]{16})'), async (request, reply) => {
        const { hash } = request.params
        const version = pinned.get(hash) ?? (await earlierVersion(name, hash))
        if (!version)
          return reply.code(404).send(failure('not_found', `No version ${hash} of ${name} was ever served here`))
        pinned.set(hash, version)
        return serveAsset(version, IMMUTABLE, request, reply)
      })
    }

    async function earlierVersion(name: ScriptName, hash: string): Promise<Asset | undefined> {
      const found = await retried(db, (tx) => findScriptVersion(tx, name, hash))
      return found && createAsset(Buffer.from(found.body, 'utf8'), SCRIPT)
    }
  }

/** `/latest.0123456789abcdef.js`: beside the evergreen address, so that what the script asks for is found in the same place. */
export const pinnedAddress = (name: string, hash: string): string => `/${name.replace('.js', `.${hash}.js`)}`
