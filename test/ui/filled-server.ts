import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { builtCli, type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';

const run = promisify(execFile);
const demoSeconds = 14;

/** A server with what `meshscope demo` has just sent, and its invented past. */
export async function startFreshlyFilledServer(): Promise<ServerProcess> {
  const server = await startServer();
  await demo(server, ['--seconds', String(demoSeconds)]);
  // What breaks after some seconds must have been met, however few calls a busy machine makes in that time.
  for (let more = 0; more < 5 && !(await hasBroken(server)); more += 1) {
    await demo(server, ['--seconds', String(demoSeconds), '--history', 'off', '--incident', '0']);
  }
  return server;
}

const demo = ({ url }: ServerProcess, flags: readonly string[]) =>
  run(process.execPath, [builtCli, 'demo', '--url', url, '--seed', '7', '--servers', 'installed', ...flags], { timeout: 120_000 });

async function hasBroken({ url }: ServerProcess): Promise<boolean> {
  const answer = await fetch(`${url}/elasticsearch/_count?q=${encodeURIComponent('msg:"db-primary:5432 exhausted"')}`);
  return ((await answer.json()) as { count: number }).count > 0;
}

/**
 * The same, as it was some minutes ago: the first test file that asks fills a data folder, and each gets a copy of it. Its
 * records reach from an hour before that until then.
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
