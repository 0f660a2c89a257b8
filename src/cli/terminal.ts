import { once } from 'node:events';

/** A stream that people may be looking at. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** What a command sees of the outside; tests hand in their own. */
export type Terminal = Readonly<{
  stdin: NodeJS.ReadableStream;
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Ends a command that would go on for ever. */
  signal?: AbortSignal;
}>;

const styles = {
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
  dim: '2',
  bold: '1',
  alarm: '1;41;97',
} as const;

export type Style = keyof typeof styles;
export type Paint = (style: Style, text: string) => string;

/** Colours text, or leaves it alone when nobody looks or `NO_COLOR` (no-color.org) is set; `FORCE_COLOR` wins over both. */
export function createPaint(output: Output, env: Terminal['env']): Paint {
  const forced = env.FORCE_COLOR;
  const wanted = forced !== undefined && forced !== '' ? forced !== '0' : output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return wanted ? (style, text) => (text === '' ? '' : `\u001b[${styles[style]}m${text}\u001b[0m`) : (_style, text) => text;
}

/** Writes and waits while the reader is slower than we are, so that memory stays bounded. */
export async function write(output: Output, data: string | Uint8Array): Promise<void> {
  if (!output.write(data)) await once(output, 'drain');
}
