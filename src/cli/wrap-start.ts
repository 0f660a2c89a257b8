import { UsageError } from './command.ts';
import { processTerminal } from './process-terminal.ts';
import { wrapCommand } from './wrap.ts';

/** `meshscope wrap` without what the other commands need: what `run` does for it, in less time. */
const args = process.argv.slice(3);
const end = args.indexOf('--');
const flags = end === -1 ? args : args.slice(0, end);

if (flags.some((flag) => ['--help', '-h', '--verbose'].includes(flag))) await import('./main.ts');
else {
  process.exitCode = await wrapCommand.run({ args, terminal: processTerminal() }).catch(async (error: unknown) => {
    const { errorText } = await import('./error-text.ts');
    process.stderr.write(errorText(error, false));
    return error instanceof UsageError ? 2 : 1;
  });
}
