import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { builtCli, eventually, type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';

/** A server with what `meshscope demo` has just sent: its invented past, and at least some failures of its incident. */
async function startFreshlyFilledServer(): Promise<ServerProcess> {
  const server = await startServer();
  const startedAt = Date.now();
  const flags = ['--url', server.url, '--seed', '7', '--servers', 'installed', '--history', '20m', '--incident', '1'];
  const demo = spawn(process.execPath, [builtCli, 'demo', ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(demo, 'exit');
  try {
    const [from, to] = [startedAt - 60_000, startedAt].map((millis) => new Date(millis).toISOString());
    await eventually('the end of the past', async () => (await count(server, `timestamp:["${from}" TO "${to}"]`)) > 0, 120_000);
    await eventually('failures of the incident', async () => (await count(server, 'level:ERROR AND msg:exhausted')) >= 5, 120_000);
    demo.kill('SIGINT');
    const [code] = await ended;
    if (code !== 0) throw new Error(`The demo ended with ${code}.`);
  } finally {
    demo.kill('SIGKILL');
  }
  return server;
}

async function count({ url }: ServerProcess, query: string): Promise<number> {
  const answer = await fetch(`${url}/elasticsearch/*/_count?q=${encodeURIComponent(query)}`);
  return ((await answer.json()) as { count?: number }).count ?? 0;
}

/**
 * The same, as it was some minutes ago: the first test file that asks fills a data folder, and each gets a copy of it. Its
 * records reach from 20 minutes before that until then.
 */
export async function startFilledServer(): Promise<ServerProcess> {
  const folder = inject('sharedFolder');
  const [filled, failed] = [join(folder, 'filled'), join(folder, 'filling-failed')];
  if (isFirst(join(folder, 'filling'))) {
    try {
      const server = await startFreshlyFilledServer();
      await server.stop();
      cpSync(server.data, `${filled}.part`, { recursive: true, verbatimSymlinks: true });
      renameSync(`${filled}.part`, filled);
    } catch (error) {
      writeFileSync(failed, String(error));
      throw error;
    }
  }
  while (!existsSync(filled)) {
    if (existsSync(failed)) throw new Error('Another test file could not fill the data folder that this one shares with it.');
    await sleep(100);
  }
  const data = temporaryData();
  cpSync(filled, data, { recursive: true, verbatimSymlinks: true });
  return startServer({ data });
}

/** True for the first caller among all processes. */
function isFirst(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
