import { effectiveSettings } from '../config/describe.ts';
import { loadConfig } from '../config/load.ts';
import { printableText } from '../lib/printable-text.ts';
import { type Command, UsageError } from './command.ts';
import { createPaint, write } from './terminal.ts';

const options = {
  config: { type: 'string', placeholder: 'FILE', help: 'Config file.', fallback: './meshscope.json, then DATA/meshscope.json' },
  check: { type: 'boolean', help: 'Only say whether the settings are valid.' },
  json: { type: 'boolean', help: 'Print JSON.' },
} as const;

export const configCommand: Command = {
  summary: 'Show the effective value of each setting and where it was set.',
  operands: '',
  description: ['Reads the config file, the environment and the flags as `meshscope up` does. Secrets are masked.'],
  options,
  takesSettings: true,
  examples: ['meshscope config', 'meshscope config --check --config /etc/meshscope.json', 'meshscope config --json'],
  run: async ({ args, terminal }) => {
    const loaded = loadConfig({ argv: args, env: terminal.env, cwd: terminal.cwd, commandFlags: ['check', 'json'] });
    const flags = loaded.rest.filter((arg) => arg === '--check' || arg === '--json');
    if (flags.length < loaded.rest.length) throw new UsageError('`meshscope config` takes no operands.');
    if (flags.includes('--check')) {
      await write(terminal.stdout, `The settings are valid${loaded.file === undefined ? '' : ` (config file: ${loaded.file})`}.\n`);
      return 0;
    }
    const rows = effectiveSettings(loaded);
    if (flags.includes('--json')) {
      const json = Object.fromEntries(rows.map(({ path, value, origin }) => [path, { value, source: origin.kind, setBy: origin.name }]));
      await write(terminal.stdout, `${JSON.stringify(json, null, 2)}\n`);
      return 0;
    }
    const paint = createPaint(terminal.stdout, terminal.env);
    const pathWidth = Math.max(...rows.map(({ path }) => path.length));
    const valueWidth = Math.min(48, Math.max(...rows.map(({ text }) => text.length)));
    const lines = rows.map(({ path, text, origin }) => {
      const source = origin.kind === 'default' ? paint('dim', 'default') : paint('cyan', `${origin.kind} ${printableText(origin.name)}`);
      return `${path.padEnd(pathWidth)}  ${printableText(text === '' ? '-' : text).padEnd(valueWidth)}  ${source}\n`;
    });
    await write(terminal.stdout, lines.join(''));
    return 0;
  },
};
