import { PassThrough, Readable } from 'node:stream';
import { run } from '../../src/cli/run.ts';

export type CliResult = Readonly<{ code: number; stdout: string; stderr: string }>;

export type CliOptions = Readonly<{
  url?: string;
  stdin?: Readable;
  env?: Record<string, string>;
  cwd?: string;
  tty?: boolean;
  signal?: AbortSignal;
  /** Sees standard output as it grows. */
  watch?: (stdout: string) => void;
}>;

/** Runs a command line in this process. The address of the server comes from `url`, so that any server can be tried. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const text = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => {
    const stream = new PassThrough();
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text[name] += chunk;
      if (name === 'stdout') options.watch?.(text.stdout);
    });
    return Object.assign(stream, { isTTY: options.tty ?? false });
  };
  const stdout = output('stdout');
  const stderr = output('stderr');
  const code = await run(argv, {
    stdin: options.stdin ?? Readable.from([]),
    stdout,
    stderr,
    env: { ...(options.url === undefined ? {} : { MESHSCOPE_URL: options.url }), ...options.env },
    cwd: options.cwd ?? '/nowhere',
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { code, ...text };
}
