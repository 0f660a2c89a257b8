import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../lib/errors.ts';
import { listenError } from '../port-holder.ts';
import { createServerClient, type ServerClient } from '../server-client.ts';
import type { Terminal } from '../terminal.ts';
import { ownProgram } from './mcp-servers.ts';

/** The meshscope that the demo sends to. */
export type Collector = Readonly<{
  client: ServerClient;
  /** Whether the demo has started it. */
  isOwn: boolean;
  /** Why it is not where one would look for it. */
  note?: string;
  /** Resolves when it takes records. Rejects when it cannot start. */
  ready: Promise<void>;
  /** Resolves when a meshscope that is our own has ended, however it did. */
  ended?: Promise<string>;
  /** Ends it if it is our own; at once when its data need not be whole. */
  close: (isKept: boolean) => Promise<void>;
}>;

type Wanted = Readonly<{ url?: string | undefined; user?: string | undefined; port: number; data: string }>;

const host = '127.0.0.1';
const readyMillis = 60_000;
const stopMillis = 20_000;

/**
 * The meshscope that `url` names; else the one that answers on `port`; else one of our own, which keeps its data in `data`.
 * @throws AppError `no_server` when nothing answers where `url` says.
 */
export async function findCollector(wanted: Wanted, env: Terminal['env']): Promise<Collector> {
  const named = wanted.url ?? (env.MESHSCOPE_URL || undefined);
  if (named !== undefined) {
    const client = createServerClient({ url: named, user: wanted.user }, env);
    const path = '/elasticsearch/';
    await client.send({ method: 'GET', path }).catch((error: unknown) => {
      client.close();
      throw error;
    });
    return { client, isOwn: false, ready: Promise.resolve(), close: async () => client.close() };
  }
  const url = `http://${host}:${wanted.port}`;
  if (wanted.port === 0) return startOwn(await freePort(), wanted, env);
  if ((await listenError(host, wanted.port)) === undefined) return startOwn(wanted.port, wanted, env);
  const client = createServerClient({ url, user: wanted.user }, env);
  if (await isMeshscope(client)) return { client, isOwn: false, ready: Promise.resolve(), close: async () => client.close() };
  client.close();
  const port = await freePort();
  return { ...startOwn(port, wanted, env), note: `port ${wanted.port} belongs to another program` };
}

/** Another program may answer on the port with whatever it likes, or never. */
async function isMeshscope(client: ServerClient): Promise<boolean> {
  const late = sleep(3000, undefined, { ref: false }).then(() => undefined);
  const answer = await Promise.race([client.tryRequest({ method: 'GET', path: '/elasticsearch/' }), late]);
  if (answer?.status === 401)
    throw new AppError('unauthorized', `${client.url} wants credentials: name it with --url, and give --user NAME:PASSWORD.`);
  return answer?.status === 200 && answer.body.includes('"tagline"');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function startOwn(port: number, { data }: Wanted, env: Terminal['env']): Collector {
  const url = `http://${host}:${port}`;
  const args = ['up', '--data', data, '--host', host, '--port', String(port), '--forward.port', '0', '--conventional-ports', 'off'];
  const child = spawn(process.execPath, [ownProgram(), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C reaches the demo alone: this one ends last.
    detached: true,
    // A meshscope.json of the folder in which people are is not for it.
    cwd: data,
    // Under npm it watches its parent, and so it ends too when the demo is killed.
    env: { ...withoutSettings(env), npm_lifecycle_event: 'demo' },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const ended = once(child, 'close').then(
    () => said.trim(),
    (error: unknown) => String(error),
  );
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  const client = createServerClient({ url }, {});
  return {
    client,
    isOwn: true,
    ended,
    ready: untilReady(
      client,
      () => hasEnded,
      () => said.trim(),
    ),
    close: async (isKept) => {
      client.close();
      child.kill(isKept ? 'SIGTERM' : 'SIGKILL');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMillis);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Settings that were made for another meshscope, such as its password, are not for this one. */
const withoutSettings = (env: Terminal['env']): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MESHSCOPE_')));

async function untilReady(client: ServerClient, hasEnded: () => boolean, said: () => string): Promise<void> {
  for (const deadline = performance.now() + readyMillis; performance.now() < deadline; await sleep(50)) {
    if (hasEnded()) throw new AppError('no_server', `The demo's own meshscope could not start:\n${said()}`);
    const answer = await client.tryRequest({ method: 'GET', path: '/readyz' });
    if (answer?.status === 200) return;
  }
  throw new AppError('no_server', `The demo's own meshscope was not ready within ${readyMillis / 1000} s.`);
}
