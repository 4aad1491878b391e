/** `npm run bench -- NAME`: each benchmark prints ratios measured in one run; its last line begins with RESULT. */
const NAMES = ['ingest', 'api', 'flood', 'tracker', 'webhook', 'widget']

const [name = '', ...args] = process.argv.slice(2)
if (!NAMES.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- NAME, where NAME is one of: ${NAMES.join(', ')}\n`)
  process.exit(1)
}
const { bench } = (await import(`./${name}.ts`)) as { bench: (args: string[]) => Promise<void> }
await bench(args)
process.exit(0)
