/** Builds dist/latest.js (tracker) and dist/page.js (widget), minified, each one self-contained classic script. */
import { readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import type { Plugin, RollupOptions } from 'rollup'
import esbuild from 'rollup-plugin-esbuild'
import { minify, type MinifyOptions } from 'terser'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const target = 'es2021'

/**
 * The tracker runs on every page of other people's sites: terser finds some hundred bytes that esbuild leaves, and a dozen
 * more lie in names alone, for a compressor likes one text better the more of it repeats.
 */
const squeeze: Plugin = {
  name: 'squeeze',
  async renderChunk(code) {
    // One kind of declaration and one kind of loop over arrays: alike, they compress better.
    const alike = code
      .replace(/^(const|let) /gm, (word) => 'var '.padEnd(word.length))
      .replaceAll('.forEach(', '.map(    ')
    const short = await minify(alike, {
      ecma: 2021,
      mangle: false,
      sourceMap: true,
      compress: {
        passes: 4,
        inline: 0,
        unsafe: true,
        unsafe_methods: true,
        unsafe_arrows: true,
        keep_fargs: false,
        booleans_as_integers: true,
      },
    })
    const { code: small, map } = await bestNamed(short.code!, short.map as string)
    return { code: small, map }
  },
}

/** How often other names are tried: ten times as many make the script eight bytes smaller, and the build a minute longer. */
const ROUNDS = 150

/**
 * Gives every name of the script one letter. Which ones is tried out, from the most frequent letters on, always in the same
 * order: what makes the script no larger stays. Terser sees to it that no two names meet.
 */
async function bestNamed(code: string, map: string): Promise<{ code: string; map: string }> {
  const letters = 'etrocnaisldpumfgwhyk_bvSLORjPDNqAJETxUCIMzBFGHKQVWXYZ$'.split('')
  let alphabets: string[][] = []
  let scopes = 0

  const named = (options: MinifyOptions = {}) => {
    let scope = -1
    const get = (n: number) => {
      if (n === 0) scopes = Math.max(scopes, ++scope + 1)
      const alphabet = alphabets[scope] ?? letters
      return n < alphabet.length ? alphabet[n]! : `_${n}`
    }
    return minify(code, { ecma: 2021, compress: false, mangle: { nth_identifier: { get } }, ...options })
  }
  const sizeOf = (text: string) => brotliCompressSync(text).length
  const random = dice(1)

  let least = sizeOf((await named()).code!)
  for (let round = 0; round < ROUNDS; round++) {
    const before = alphabets
    const scope = random() < 0.3 ? 0 : Math.floor(random() * scopes)
    const alphabet = [...(before[scope] ?? letters)]
    // The first scope is the script's own, with all of its functions; an inner one has a few names.
    const [used, free] = scope === 0 ? [alphabet.length, alphabet.length] : [4, 12]
    const [a, b] = [Math.floor(random() * used), Math.floor(random() * free)]
    ;[alphabet[a], alphabet[b]] = [alphabet[b]!, alphabet[a]!]
    alphabets = [...before]
    for (let outer = before.length; outer < scope; outer++) alphabets[outer] = letters
    alphabets[scope] = alphabet
    const size = sizeOf((await named()).code!)
    if (size > least) alphabets = before
    else least = size
  }
  const best = await named({ sourceMap: { content: map } })
  return { code: best.code!, map: best.map as string }
}

/** The same numbers in every build: two builds of one version are one script. */
function dice(seed: number): () => number {
  let state = seed
  return () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) / 0x80000000
}

const tracker: RollupOptions = {
  input: 'tracker/latest.ts',
  output: { file: 'dist/latest.js', format: 'iife', sourcemap: 'hidden', strict: false, indent: false },
  plugins: [
    nodeResolve(),
    esbuild({ target, legalComments: 'none', define: { VERSION: JSON.stringify(version) } }),
    squeeze,
  ],
  // Its modules call each other, and only once all of them are there.
  onLog: (level, log, report) => log.code === 'CIRCULAR_DEPENDENCY' || report(level, log),
}

/** What esbuild's minifier leaves: 900 bytes, compressed. */
const smaller: Plugin = {
  name: 'smaller',
  async renderChunk(code) {
    const { code: small, map } = await minify(code, { ecma: 2021, compress: { passes: 3 }, sourceMap: true })
    return { code: small!, map: map as string }
  },
}

/**
 * Asks Chromium to compile the whole script beside the page while it loads, instead of function by function while the page
 * waits: a third of the time until the dashboard can be seen (v8.dev/blog/explicit-compile-hints). Comment: the minifier takes
 * it away, so it is put there last, and the source map moves down by its line.
 */
const compiledAtOnce: Plugin = {
  name: 'compiled-at-once',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = `//# allFunctionsCalledOnLoad\n${file.code}`
      else file.source = String(file.source).replace('"mappings":"', '"mappings":";')
    }
  },
}

const widget: RollupOptions = {
  input: 'widget/page.ts',
  output: { file: 'dist/page.js', format: 'iife', sourcemap: 'hidden' },
  plugins: [
    nodeResolve({ browser: true, exportConditions: ['production'] }),
    esbuild({
      target,
      minify: true,
      legalComments: 'none',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loaders: { '.json': 'json' },
    }),
    smaller,
    compiledAtOnce,
  ],
}

export default [tracker, widget]
