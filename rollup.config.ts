/** Builds dist/latest.js (tracker) and dist/page.js (widget), minified, each one self-contained classic script. */
import { nodeResolve } from '@rollup/plugin-node-resolve'
import type { Plugin, RollupOptions } from 'rollup'
import esbuild from 'rollup-plugin-esbuild'
import { minify } from 'terser'

const target = 'es2020'

/** The tracker runs on every page of other people's sites: terser finds some hundred bytes that esbuild leaves. */
const squeeze: Plugin = {
  name: 'squeeze',
  async renderChunk(code) {
    const { code: small = '', map } = await minify(code, {
      ecma: 2020,
      toplevel: true,
      sourceMap: true,
      compress: { passes: 4, unsafe: true, unsafe_methods: true, unsafe_arrows: true, keep_fargs: false },
    })
    return { code: small, map: map as string }
  },
}

const tracker: RollupOptions = {
  input: 'tracker/latest.ts',
  output: { file: 'dist/latest.js', format: 'iife', sourcemap: 'hidden', strict: false },
  plugins: [nodeResolve(), esbuild({ target, legalComments: 'none' }), squeeze],
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
  ],
}

export default [tracker, widget]
