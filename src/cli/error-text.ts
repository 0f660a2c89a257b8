import { AppError } from '../lib/errors.ts';
import { printableText } from '../lib/printable-text.ts';
import { UsageError } from './command.ts';

/** What a person is told of a failure. */
export function errorText(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return `meshscope: ${String(error)}\n`;
  const known = error instanceof AppError || error instanceof UsageError || 'syscall' in error;
  const lines = printableText(error.message)
    .split('\n')
    .map((line) => `meshscope: ${line}\n`)
    .join('');
  if (verbose) return `${lines}${printableText(error.stack ?? '')}\n`;
  return known ? lines : `${lines}meshscope: Run it again with --verbose to see where this happened.\n`;
}
