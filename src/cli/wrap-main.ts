#!/usr/bin/env node
// The entry of the small package `@meshscope/wrap`: the recorders alone, for machines that have no need of the engine.
import { nearestName } from '../lib/nearest-name.ts';
import { printableText } from '../lib/printable-text.ts';
import { version } from '../lib/version.ts';
import { type Command, UsageError } from './command.ts';
import { processTerminal } from './process-terminal.ts';
import type { Terminal } from './terminal.ts';

const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['wrap', async () => (await import('./wrap.ts')).wrapCommand],
  ['proxy', async () => (await import('./proxy.ts')).proxyCommand],
  ['tap', async () => (await import('./tap.ts')).tapCommand],
  ['init', async () => (await import('./init.ts')).initCommand],
]);

const usage = `meshscope-wrap [FLAGS] -- COMMAND…   run an MCP server on stdio and record every call
meshscope-wrap proxy --to URL        the same for a server on HTTP
meshscope-wrap tap -- COMMAND… | URL store what a server logs by protocol
meshscope-wrap init                  wrap the servers in the configurations of this machine's clients
Flags and examples: https://www.npmjs.com/package/meshscope, or meshscope wrap --help
`;

async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...args] = argv;
  if (['', '--help', '-h'].includes(name)) {
    terminal.stdout.write(usage);
    return name === '' ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    terminal.stdout.write(`${version()}\n`);
    return 0;
  }
  const load = commands.get(name);
  if (load === undefined && !name.startsWith('-')) {
    const near = nearestName(name, [...commands.keys()]);
    throw new UsageError(`Unknown command ${name}. ${near === undefined ? 'See meshscope-wrap --help.' : `Did you mean ${near}?`}`);
  }
  const command = load === undefined ? (await import('./wrap.ts')).wrapCommand : await load();
  return command.run({ args: load === undefined ? argv : args, terminal });
}

process.exitCode = await main(process.argv.slice(2), processTerminal()).catch((error: unknown) => {
  process.stderr.write(`meshscope-wrap: ${printableText(error instanceof Error ? error.message : String(error))}\n`);
  return error instanceof UsageError ? 2 : 1;
});
