import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export type RunningServer = Readonly<{
  url: string;
  port: number;
  readyMillis: number;
  output: () => string;
  stop: () => Promise<number | null>;
}>;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** What a program needs of this process's environment; settings of the developer's own do not leak into tests. */
export function bareEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, npm_config_cache: cache } = process.env;
  const own = { PATH, HOME, TMPDIR, npm_config_cache: cache };
  return { ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)), ...extra } as NodeJS.ProcessEnv;
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  throw new Error(`the server did not become ready:\n${output()}`);
}

/**
 * Starts `command args`, which must start a meshscope, with the port and the data folder in its environment. `stop` sends SIGTERM to
 * it and to all that it started, as a terminal does (npm does not pass signals on through its shell), and resolves with the exit
 * code of `command` when the last of them has ended.
 */
export async function startServer(
  command: string,
  args: readonly string[],
  { cwd, data }: Readonly<{ cwd: string; data: string }>,
): Promise<RunningServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const env = { MESHSCOPE_HTTP_PORT: String(port), MESHSCOPE_DATA: data, MESHSCOPE_CONVENTIONAL_PORTS: 'off' };
  const child = spawn(command, args, { cwd, env: bareEnvironment(env), detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const closed = once(child, 'close') as Promise<[number | null]>;
  await untilReady(url, child, () => text);
  const readyMillis = performance.now() - started;
  return {
    url,
    port,
    readyMillis,
    output: () => text,
    async stop() {
      process.kill(-(child.pid as number), 'SIGTERM');
      return (await closed)[0];
    },
  };
}
