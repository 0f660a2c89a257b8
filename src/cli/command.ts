import { parseArgs } from 'node:util';
import { nearestName } from '../lib/nearest-name.ts';
import type { Terminal } from './terminal.ts';

/** A flag as `parseArgs` takes it, with what `--help` prints about it. */
export type OptionSpec = Readonly<{ type: 'string' | 'boolean'; short?: string; help: string; placeholder?: string; fallback?: string }>;
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type CommandContext = Readonly<{ args: readonly string[]; terminal: Terminal }>;

export type Command = Readonly<{
  summary: string;
  /** What follows the command's name: `[QUERY]`. */
  operands: string;
  /** One paragraph each. */
  description: readonly string[];
  options: OptionSpecs;
  /** Any setting is a flag of this command too. */
  takesSettings?: boolean;
  /** Its output is not its purpose: a closed pipe does not end it. */
  outlivesOutput?: boolean;
  examples: readonly string[];
  /** Resolves with the exit code. */
  run: (context: CommandContext) => Promise<number>;
}>;

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]?: Specs[Name]['type'] extends 'boolean' ? boolean : string;
};

/** Parses a command's flags. `--` ends them. */
export function parseOptions<const Specs extends OptionSpecs>(
  options: Specs,
  args: readonly string[],
  maxOperands: number,
): Readonly<{ values: OptionValues<Specs>; positionals: readonly string[] }> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: options as OptionSpecs, allowPositionals: true, strict: true });
    if (positionals.length > maxOperands) {
      throw new UsageError(`Unexpected operand ${JSON.stringify(positionals[maxOperands])}. Quote operands that contain spaces.`);
    }
    return { values: values as OptionValues<Specs>, positionals };
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error)) throw error;
    throw new UsageError(explain(error, options, args));
  }
}

function explain(error: TypeError & { code?: unknown }, options: OptionSpecs, args: readonly string[]): string {
  const name = /'(--?[^'\s=]+)/.exec(error.message)?.[1];
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || name === undefined) return error.message.split('\n')[0] as string;
  const near = nearestName(
    name,
    Object.keys(options).map((option) => `--${option}`),
  );
  const operand =
    args.some((arg) => arg.startsWith(name)) && near === undefined ? ' A query that begins with a dash goes behind `--`.' : '';
  return `Unknown flag ${name}.${near === undefined ? operand : ` Did you mean ${near}?`}`;
}

/** A whole number from a flag. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`);
}
