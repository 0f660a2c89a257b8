import { spawnSync } from 'node:child_process';
import { authorizationOf } from './credentials.ts';
import { writeStderrNow } from './stderr-lines.ts';

/** How long the end of a dying process is put off to deliver its last lines. */
const limitMillis = 2000;

/** A program for another process, because this one answers no more events. Address and password come in the environment, which others cannot read. */
const courier = `
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk));
process.stdin.on('end', () => {
  const { MESHSCOPE_COURIER_URL: url, MESHSCOPE_COURIER_AUTHORIZATION: authorization } = process.env;
  const headers = { 'content-type': 'application/x-ndjson', ...(authorization ? { authorization } : {}) };
  fetch(url, { method: 'POST', headers, body: Buffer.concat(chunks) }).catch(() => { process.exitCode = 1; });
});`;

export type Address = Readonly<{ url: string; index: string }> | undefined;

/**
 * Watches for errors that nobody caught, without changing what happens then. `lineOf` makes the last line; `waiting` gives the lines that
 * were not delivered yet. A rejection that nobody handled ends the process the same way, so it comes here too.
 */
export function watchUncaught(
  lineOf: (error: unknown, origin: string) => string,
  waiting: () => readonly string[],
  address: Address,
): () => void {
  const monitor = (error: unknown, origin: string) => {
    let line: string;
    try {
      line = lineOf(error, origin);
    } catch {
      return;
    }
    writeStderrNow(line);
    if (address) deliver([...waiting(), line], address);
  };
  process.on('uncaughtExceptionMonitor', monitor);
  return () => {
    process.off('uncaughtExceptionMonitor', monitor);
  };
}

function deliver(lines: readonly string[], { url, index }: NonNullable<Address>): void {
  const target = new URL(url);
  const authorization = authorizationOf(target);
  target.username = '';
  target.password = '';
  target.pathname = `${target.pathname.replace(/\/$/, '')}/${encodeURIComponent(index)}/_bulk`;
  spawnSync(process.execPath, ['-e', courier], {
    input: lines.map((line) => `{"create":{}}\n${line}\n`).join(''),
    env: { MESHSCOPE_COURIER_URL: String(target), MESHSCOPE_COURIER_AUTHORIZATION: authorization ?? '' },
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: limitMillis,
    killSignal: 'SIGKILL',
  });
}
