import { chmodSync, copyFileSync, existsSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printableText } from '../lib/printable-text.ts';
import { redact } from '../recorder/redact.ts';
import { type Command, parseOptions, UsageError } from './command.ts';
import { anyPlace, type ClientConfiguration, clientConfigurations } from './init/client-configurations.ts';
import { type ServerChange, wrapServers } from './init/wrap-servers.ts';
import { createPaint, type Terminal } from './terminal.ts';

const flags = {
  apply: { type: 'boolean', help: 'Write the changes. Without it they are only shown.' },
  undo: { type: 'boolean', help: 'Take the wrapper away again.' },
  only: { type: 'string', placeholder: 'SERVER', help: 'Change this server only.' },
  file: { type: 'string', placeholder: 'PATH', help: 'Look into this file instead of those of the known clients.' },
} as const;

export const initCommand: Command = {
  summary: 'Wrap the MCP servers in the configurations of the clients on this machine.',
  operands: '',
  description: [
    'Looks for the configurations of Claude Desktop, Claude Code, Cursor, VS Code, Windsurf, Zed and Gemini CLI, and shows what would change.',
    'A file that is changed is copied first; what is not understood is left alone.',
  ],
  options: flags,
  examples: ['meshscope init', 'meshscope init --apply', 'meshscope init --undo --apply'],
  run: async ({ args, terminal }) => {
    const { values } = parseOptions(flags, args, 0);
    const home = terminal.env.HOME ?? terminal.env.USERPROFILE ?? homedir();
    const machine = { platform: process.platform, home, cwd: terminal.cwd, appData: terminal.env.APPDATA };
    const named = values.file === undefined ? undefined : resolve(terminal.cwd, values.file);
    const files = named === undefined ? clientConfigurations(machine) : [{ client: 'This file', path: named, places: anyPlace }];
    let found = 0;
    let changes = 0;
    for (const file of files) {
      const text = readIfThere(file.path);
      if (text === undefined) continue;
      found++;
      if (changeFile(file, text, { apply: values.apply === true, undo: values.undo === true, only: values.only }, terminal)) changes++;
    }
    if (found === 0) {
      if (named !== undefined) throw new UsageError(`There is no file ${named}.`);
      terminal.stdout.write('No configuration of a known MCP client was found. Name one with --file.\n');
    } else if (changes > 0 && values.apply !== true) terminal.stdout.write('\nNothing was written. Add --apply to do it.\n');
    else if (changes > 0) terminal.stdout.write('\nRestart the clients, so that they start their servers anew.\n');
    return 0;
  },
};

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

type Request = Readonly<{ apply: boolean; undo: boolean; only: string | undefined }>;

/** Shows what changes in one file, and writes it when asked to. Whether anything changes. */
function changeFile(
  { client, path, places }: ClientConfiguration,
  text: string,
  { apply, undo, only }: Request,
  terminal: Terminal,
): boolean {
  const { stdout } = terminal;
  stdout.write(`${client}: ${printableText(path)}\n`);
  const change = wrapServers(text, { places, launcher: launcher(), undo, only });
  if (change === undefined) {
    stdout.write('  left alone: it cannot be read as JSON\n');
    return false;
  }
  if (change.servers.length === 0) stdout.write('  no servers\n');
  for (const server of change.servers) stdout.write(`  ${printableText(server.server)}: ${describeState(server.state, undo)}\n`);
  if (change.text === text) return false;
  showDifference(text, change.text, terminal);
  if (apply) stdout.write(`  written; the file as it was: ${printableText(replaceFile(path, text, change.text))}\n`);
  return true;
}

function describeState(state: ServerChange['state'], undo: boolean): string {
  switch (state) {
    case 'changed':
      return undo ? 'is unwrapped' : 'is wrapped';
    case 'already':
      return undo ? 'is not wrapped' : 'is wrapped already';
    case 'remote':
      return 'is reached over HTTP: see `meshscope proxy`';
    case 'unknown':
      return 'left alone: its entry has a form that is not understood';
    case 'left-out':
      return 'left alone';
  }
}

/** Changes never add or remove lines. Secrets among the arguments are not shown. */
function showDifference(before: string, after: string, { stdout, env }: Terminal): void {
  const paint = createPaint(stdout, env);
  const lines = after.split('\n');
  for (const [at, line] of before.split('\n').entries()) {
    if (line === lines[at]) continue;
    const shown = [line, lines[at] ?? ''].map((one) => printableText(String(redact(one))).trim());
    stdout.write(`    ${at + 1} ${paint('red', `- ${shown[0]}`)}\n    ${at + 1} ${paint('green', `+ ${shown[1]}`)}\n`);
  }
}

/** Copies the file and puts the new text in its place at once. Returns the path of the copy. */
function replaceFile(path: string, before: string, after: string): string {
  const real = realpathSync(path);
  if (readFileSync(real, 'utf8') !== before) throw new Error(`${path} has changed meanwhile: run the command again`);
  const copy = `${real}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}.backup`;
  copyFileSync(real, copy);
  const fresh = `${real}.${process.pid}.new`;
  writeFileSync(fresh, after, { mode: 0o600 });
  chmodSync(fresh, statSync(real).mode & 0o777);
  renameSync(fresh, real);
  return copy;
}

/** How a client starts the wrapper. Clients have a search path of their own, so programs are named by their place, which npx has not. */
function launcher(): readonly string[] {
  const [own, small] = ['./meshscope.cjs', './wrap-main.js'].map((name) => fileURLToPath(new URL(name, import.meta.url))) as [
    string,
    string,
  ];
  // The small package has only the other entry.
  const script = !existsSync(own) && existsSync(small) ? small : own;
  return /[\\/]_npx[\\/]/.test(script) ? ['npx', '-y', '@meshscope/wrap'] : [process.execPath, script, 'wrap'];
}
