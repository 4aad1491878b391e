/** `refgrow mcp` */
import type { Command } from 'commander'

export function mcpCommands(program: Command): void {
  program
    .command('mcp')
    .description('Serve the tools for AI assistants over stdin and stdout (MCP)')
    .addHelpText(
      'after',
      '\nREFGROW_API_KEY  the API key (required)\nREFGROW_API_URL  the API (default http://localhost:3000/api/v1)\nSet-up for assistants: docs/mcp.md\n',
    )
    .action(async () => {
      // Loaded here, so that the other commands start without it.
      const { serveMcp } = await import('../../mcp/stdio.ts')
      serveMcp(process.env)
    })
}
