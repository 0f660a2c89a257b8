import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The built server (`dist/`) as a child process: what a user runs, so it can be killed, starved and restarted.
 *
 *     const data = temporaryData();                                   // removed when the test process ends
 *     const server = await startServer({ data, flags: ['--journal.maxBytes', '1MiB'] });
 *     await fetch(`${server.url}/_bulk`, …);  connect(server.forwardPort);
 *     await server.stop();                                            // SIGTERM; resolves with the exit code
 *     const again = await startServer({ data });                      // the same folder, other ports
 *     await again.kill();                                             // SIGKILL
 *
 * Every port is a free one and no conventional port is opened. A server that dies before `/readyz` answers rejects with its
 * output. What a test leaves running is killed when the test process ends.
 */
export type ServerProcess = Readonly<{
  /** Such as `http://127.0.0.1:41234`. */
  url: string;
  forwardPort: number;
  pid: number;
  /** From the start of the process to the first 200 of `/readyz`. */
  readyMillis: number;
  data: string;
  stdout: () => string;
  stderr: () => string;
  signal: (name: NodeJS.Signals) => void;
  /** Closes the pipes that it prints to. */
  hangUp: () => void;
  /** The exit code, or the name of the signal that ended it. Print `stderr()` when a test is surprised. */
  exited: Promise<number | string>;
  /** Ends it with a signal (SIGTERM) and resolves with `exited`; with SIGKILL when that takes longer than `millis`. */
  stop: (name?: NodeJS.Signals, millis?: number) => Promise<number | string>;
  /** `kill -9`; resolves when the process is gone. */
  kill: () => Promise<void>;
  /** Bytes of resident memory now (Linux). */
  residentBytes: () => Promise<number>;
}>;

export type StartOptions = Readonly<{
  /** Default: a new folder, see `temporaryData`. */
  data?: string;
  /** Further arguments of `meshscope up`; they win over those of the harness. */
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** How long it may take to be ready. */
  timeoutMillis?: number;
}>;

/** `BUILT_CLI` names another build, for example a copy that does not change during a long test. */
export const builtCli = process.env.BUILT_CLI ?? resolve(import.meta.dirname, '../../dist/cli/meshscope.cjs');

const folders = new Set<string>();
const running = new Set<ChildProcess>();

function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
process.once('exit', cleanUp);
// Vitest ends its workers by a signal, which is no `exit`.
if (process.env.VITEST) (await import('vitest')).afterAll(cleanUp);

/** A new data folder, removed when the test process ends. */
export function temporaryData(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-server-'));
  folders.add(folder);
  return folder;
}

/** Runs `meshscope up` until it exits by itself: for starts that must fail. */
export async function runServer(options: StartOptions = {}): Promise<{ exit: number | string; stdout: string; stderr: string }> {
  const { child, text, exited } = spawnServer(options.data ?? temporaryData(), options);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMillis ?? 30_000);
  const exit = await exited;
  clearTimeout(timer);
  return { exit, ...text };
}

function spawnServer(data: string, { flags = [], env = {} }: StartOptions) {
  if (!existsSync(builtCli)) throw new Error(`${builtCli} is missing: run \`npm run build\` first`);
  const own = ['--data', data, '--port', '0', '--forward.port', '0', '--conventional-ports', 'off'];
  const given = new Set(flags.map((flag) => flag.split('=')[0]));
  const defaults = own.flatMap((flag, at) => (at % 2 === 0 && !given.has(flag) ? [flag, own[at + 1] as string] : []));
  const child = spawn(process.execPath, [builtCli, 'up', ...defaults, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutSettings(process.env), ...env },
    cwd: data,
  });
  running.add(child);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? -1);
    });
  });
  return { child, text, exited };
}

/** Settings of the person who runs the tests must not reach the server, nor may vitest's own thread pool. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MESHSCOPE_|UV_THREADPOOL_SIZE|NODE_OPTIONS|VITEST)/.test(name)));
}

const portIn = (table: string, name: string) => Number(new RegExp(`^  ${name} .*?:(\\d+)$`, 'm').exec(table)?.[1] ?? 0);

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) })).ok;
  } catch {
    // Not listening yet, which is what is asked.
    return false;
  }
}

export async function startServer(options: StartOptions = {}): Promise<ServerProcess> {
  const data = options.data ?? temporaryData();
  const started = performance.now();
  const { child, text, exited } = spawnServer(data, options);
  let ended: number | string | undefined;
  void exited.then((code) => {
    ended = code;
  });
  const story = () => `exit ${ended ?? 'none'}\n--- stdout\n${text.stdout}\n--- stderr\n${text.stderr}`;
  const deadline = started + (options.timeoutMillis ?? 60_000);
  let url = '';
  for (;;) {
    if (ended !== undefined) throw new Error(`the server ended before it was ready: ${story()}`);
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      await exited;
      throw new Error(`the server was not ready in time: ${story()}`);
    }
    if (url === '' && text.stdout.includes('Open http')) url = `http://127.0.0.1:${portIn(text.stdout, 'HTTP')}`;
    if (url !== '' && (await isReady(url))) break;
    await sleep(5);
  }
  const readyMillis = performance.now() - started;

  async function stop(name: NodeJS.Signals = 'SIGTERM', millis = 40_000): Promise<number | string> {
    child.kill(name);
    const timer = setTimeout(() => child.kill('SIGKILL'), millis);
    const code = await exited;
    clearTimeout(timer);
    return code;
  }
  return {
    url,
    forwardPort: portIn(text.stdout, 'Fluent Forward'),
    pid: child.pid as number,
    readyMillis,
    data,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    signal: (name) => void child.kill(name),
    hangUp: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    exited,
    stop,
    kill: async () => void (await stop('SIGKILL')),
    residentBytes: () => residentBytes(child.pid as number),
  };
}

async function residentBytes(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** To look costs the server, and others that run beside it. */
const betweenLooksMillis = 150;

/** Waits until `check` gives something other than undefined or false; fails with `what` after `millis`. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined | false>, millis = 60_000): Promise<T> {
  const deadline = performance.now() + millis;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${millis} ms`);
    await sleep(betweenLooksMillis);
  }
}

/** Waits until nothing is left, however long that takes; fails when there was no less for `millis`, and says what the server said. */
export async function untilNoneLeft(server: ServerProcess, what: string, left: () => Promise<number>, millis = 60_000): Promise<void> {
  for (let [least, since] = [Number.POSITIVE_INFINITY, performance.now()]; ; await sleep(betweenLooksMillis)) {
    const now = await left();
    if (now <= 0) return;
    if (now < least) [least, since] = [now, performance.now()];
    if (performance.now() - since > millis)
      throw new Error(
        `${what}: ${now} are left, and no fewer since ${millis} ms\n--- stdout\n${server.stdout()}\n--- stderr\n${server.stderr()}`,
      );
  }
}
