/** Builds dist/latest.js (tracker) and dist/page.js (widget), minified, each one self-contained classic script. */
import { readFileSync } from 'node:fs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build } from 'esbuild'
import type { Plugin, RollupOptions } from 'rollup'
import esbuild from 'rollup-plugin-esbuild'
import { minify, type MinifyOptions } from 'terser'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const target = 'es2021'

/** Terser takes away some hundred bytes, compressed, that esbuild's minifier leaves. */
const minified = (options: MinifyOptions): Plugin => ({
  name: 'minified',
  async renderChunk(code) {
    const { code: small, map } = await minify(code, { ecma: 2021, sourceMap: true, ...options })
    return { code: small!, map: map as string }
  },
})

/**
 * esbuild puts the tracker's modules together instead of Rollup, because it makes `var` of what they declare, and terser
 * can then join the declarations: 35 bytes of the script, compressed.
 */
const bundled: Plugin = {
  name: 'bundled',
  async load(entry) {
    const { outputFiles } = await build({
      entryPoints: [entry],
      outfile: entry.replace(/ts$/, 'js'),
      bundle: true,
      write: false,
      format: 'esm',
      target,
      minifySyntax: true,
      legalComments: 'none',
      sourcemap: 'external',
      define: { VERSION: JSON.stringify(version) },
    })
    const [map, script] = outputFiles
    return { code: script!.text, map: map!.text }
  },
}

const tracker: RollupOptions = {
  input: 'tracker/latest.ts',
  output: { file: 'dist/latest.js', format: 'iife', sourcemap: 'hidden', strict: false, indent: false },
  plugins: [
    bundled,
    minified({
      compress: {
        passes: 4,
        unsafe: true,
        unsafe_methods: true,
        unsafe_arrows: true,
        keep_fargs: false,
        booleans_as_integers: true,
      },
    }),
  ],
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
    minified({ compress: { passes: 3 } }),
    compiledAtOnce,
  ],
}

export default [tracker, widget]
