/** `refgrow scripts`: the tags to paste. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { hashOf, integrityOf, readAsset } from '../public/scripts/asset.ts'
import { pinnedAddress } from '../public/scripts/scripts.ts'
import { positiveInteger } from './arguments.ts'
import { notePublicUrl, readProject } from './context.ts'
import { printJson, printLine } from './print.ts'

const DIST = join(import.meta.dirname, '..', '..', 'dist')

export function scriptCommands(program: Command): void {
  program
    .command('scripts')
    .description('Print the script tags: evergreen, and pinned to this version by its hash')
    .option('--project <id>', 'the project', positiveInteger, 1)
    .option('--json', 'print one line of JSON')
    .action(async ({ project, json }: { project: number; json?: true }) => {
      const publicUrl = await readProject(project, async (context) => {
        notePublicUrl(context)
        return context.config.publicUrl
      })
      const scripts = ['latest.js', 'page.js'].map((name) => {
        const body = readAsset(join(DIST, name))
        return {
          name,
          evergreen: `${publicUrl}/${name}`,
          pinned: publicUrl + pinnedAddress(name, hashOf(body)),
          integrity: integrityOf(body),
        }
      })
      if (json) return printJson(scripts)
      for (const { name, evergreen, pinned, integrity } of scripts) {
        const attributes = `data-project-id="${project}" async defer`
        printLine(`${name}, always the newest:\n  <script src="${evergreen}" ${attributes}></script>`)
        printLine(
          `${name}, pinned to this version:\n  <script src="${pinned}" integrity="${integrity}" crossorigin="anonymous" ${attributes}></script>`,
        )
      }
    })
}
