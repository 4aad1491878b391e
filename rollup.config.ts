/** Builds dist/latest.js (tracker) and dist/page.js (widget), minified, each one self-contained classic script. */
import { nodeResolve } from '@rollup/plugin-node-resolve'
import type { RollupOptions } from 'rollup'
import esbuild from 'rollup-plugin-esbuild'

const script = (input: string, file: string): RollupOptions => ({
  input,
  output: { file, format: 'iife', sourcemap: true },
  plugins: [
    nodeResolve({ browser: true, exportConditions: ['production'] }),
    esbuild({
      target: 'es2020',
      minify: true,
      legalComments: 'none',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loaders: { '.json': 'json' },
    }),
  ],
})

export default [script('tracker/latest.ts', 'dist/latest.js'), script('widget/page.ts', 'dist/page.js')]
