import { loadConfig } from '../config/load.ts';
import { version } from '../lib/version.ts';
import { createServer, type Server } from '../server.ts';
import { errorText } from './error-text.ts';

/** `meshscope up`: serves until SIGINT or SIGTERM. Rejects with `AppError` when it cannot start. */
export async function runUp(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const loaded = loadConfig({ argv: args });
  const log = (line: string) => process.stderr.write(`meshscope: ${line}\n`);
  endOnFault();
  const stopped = stopSignal();
  const server = await createServer({ loaded, log });
  process.stdout.write(startTable(server, loaded.config.data, performance.now() - started));
  const signal = await stopped;
  log(`${signal}: storing what was acknowledged, then stopping`);
  await server.close();
  return 0;
}

/**
 * With an open engine exit(3) may wait for ever, and hold data folder and ports; whoever watches over this process starts
 * another only when it is gone. What was acknowledged is in the journal.
 */
function endOnFault(): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(errorText(error, true));
    process.kill(process.pid, 'SIGKILL');
  });
}

/**
 * A later signal during the stop ends the process at once; the journal keeps what was acknowledged. One within a second is
 * the same one again: Ctrl-C reaches npm and us, and npm passes its own on. And npm passes none on through a shell that
 * waits for us; when npm is stopped, that our parent is gone is the signal.
 */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let stoppedMillis: number | undefined;
    const stop = (signal: string) => {
      if (stoppedMillis === undefined) {
        stoppedMillis = performance.now();
        resolve(signal);
      } else if (performance.now() - stoppedMillis > 1000) process.kill(process.pid, 'SIGKILL');
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    if (process.env.npm_lifecycle_event === undefined) return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      stop('npm ended');
    }, 500);
    watch.unref();
  });
}

function startTable({ listeners, url, notes }: Server, data: string, millis: number): string {
  const rows = [
    ...listeners.map(({ name, address, problem }) => [name, problem === undefined ? address : `${address} (${problem})`]),
    ['Data', data],
  ];
  const width = Math.max(...rows.map(([name]) => (name as string).length));
  const table = rows.map(([name, value]) => `  ${(name as string).padEnd(width)}  ${value}`);
  return [
    `meshscope ${version()} is ready after ${Math.round(millis)} ms`,
    '',
    ...table,
    '',
    ...notes.map((note) => `Note: ${note}`),
    `Open ${url}/ in a browser, or send logs: docs/ has a page for each way in.`,
    '',
  ].join('\n');
}
