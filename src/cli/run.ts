import { nearestName } from '../lib/nearest-name.ts';
import { version } from '../lib/version.ts';
import { type Command, UsageError } from './command.ts';
import { commandTable } from './command-table.ts';
import { errorText } from './error-text.ts';
import { commandHelp, mainHelp } from './help.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line (without `node` and the script). Resolves with the exit code; every failure has been printed. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { verbose, rest } = takeVerbose(argv);
  const output = { mayClose: false };
  endWithReader(terminal, output);
  // What cannot be said must not end what is being done.
  terminal.stderr.on('error', () => undefined);
  try {
    return await dispatch(rest, terminal, output);
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    terminal.stderr.write(errorText(error, verbose));
    return error instanceof UsageError ? 2 : 1;
  }
}

/** `--verbose` may stand anywhere before `--`. */
function takeVerbose(argv: readonly string[]): { verbose: boolean; rest: string[] } {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const rest = [...flags.filter((arg) => arg !== '--verbose'), ...argv.slice(flags.length)];
  return { verbose: rest.length < argv.length, rest };
}

async function dispatch(argv: readonly string[], terminal: Terminal, output: { mayClose: boolean }): Promise<number> {
  const [name, ...args] = argv;
  const print = (text: string) => {
    terminal.stdout.write(text);
    return 0;
  };
  if (name === undefined) {
    terminal.stderr.write(await mainHelp());
    return 2;
  }
  if (name === '--help' || name === '-h') return print(await mainHelp());
  if (name === '--version' || name === '-v') return print(`${version()}\n`);
  if (name === 'help') {
    const topic = args[0];
    return print(topic === undefined ? await mainHelp() : commandHelp(topic, await loadCommand(topic)));
  }
  const command = await loadCommand(name);
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  if (flags.includes('--help') || flags.includes('-h')) return print(commandHelp(name, command));
  output.mayClose = command.outlivesOutput === true;
  return command.run({ args, terminal });
}

async function loadCommand(name: string): Promise<Command> {
  const load = commandTable.get(name);
  if (load !== undefined) return load();
  const near = nearestName(name, [...commandTable.keys(), 'help']);
  const kind = name.startsWith('-') ? 'flag' : 'command';
  throw new UsageError(
    `Unknown ${kind} ${name.slice(0, 100)}. ${near === undefined ? 'See `meshscope --help`.' : `Did you mean ${near}?`}`,
  );
}

const isClosedPipe = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EPIPE';

/** `meshscope search … | head`: when the reader has enough, we are done, and that is no error. */
function endWithReader(terminal: Terminal, output: Readonly<{ mayClose: boolean }>): void {
  terminal.stdout.on('error', (error: Error) => {
    if (!isClosedPipe(error)) terminal.stderr.write(errorText(error, false));
    if (!output.mayClose) process.exit(isClosedPipe(error) ? 0 : 1);
  });
}
