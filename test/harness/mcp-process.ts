import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { bareEnvironment, freePort } from './built-server.ts';
import { builtCli, eventually } from './server-process.ts';

const modules = resolve(import.meta.dirname, '../../node_modules/@modelcontextprotocol');

/** The entry point of a published reference server. */
export const referenceServer = (name: 'everything' | 'filesystem' | 'memory') => join(modules, `server-${name}/dist/index.js`);

const folders: string[] = [];
const running = new Set<ChildProcess>();
const servers: Server[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-mcp-'));
  folders.push(folder);
  return folder;
}

/** Nobody listens there. */
export const nowhere = 'http://127.0.0.1:9';

/** The arguments of `node` that put `meshscope wrap` in front of a command. */
export const wrapArgs = (command: readonly string[], flags: Readonly<{ url?: string; spool: string }>, more: readonly string[] = []) => [
  builtCli,
  'wrap',
  '--url',
  flags.url ?? nowhere,
  '--spool',
  flags.spool,
  ...more,
  '--',
  ...command,
];

export type Spoken = Readonly<{ code: number | null; signal: string | null; stdout: Buffer; stderr: Buffer }>;

export type Talk = Readonly<{
  child: ChildProcess;
  stdout: () => Buffer;
  stderr: () => Buffer;
  write: (data: string | Buffer) => void;
  /** Sends a message and waits for the line that answers its id. */
  ask: (message: Readonly<{ id: number | string; method: string; params?: unknown }>) => Promise<string>;
  /** Resolves when standard output has so many lines. */
  lines: (count: number) => Promise<readonly string[]>;
  closed: Promise<Spoken>;
}>;

export type TalkOptions = Readonly<{ env?: Record<string, string>; cwd?: string; readsStderr?: boolean }>;

/** Starts a program and talks to it over its standard streams. */
export function talk(program: string, args: readonly string[], { env = {}, cwd, readsStderr = true }: TalkOptions = {}): Talk {
  const child = spawn(program, args, { stdio: 'pipe', env: bareEnvironment(env), ...(cwd === undefined ? {} : { cwd }) });
  running.add(child);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  // Each is cut and decoded once: whoever waits for an answer after megabytes of others looks often.
  const lines: string[] = [];
  let begun: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    out.push(chunk);
    let from = 0;
    for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
      lines.push(Buffer.concat([...begun, chunk.subarray(from, to)]).toString());
      begun = [];
      from = to + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  });
  if (readsStderr) child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  const write = (data: string | Buffer) => void child.stdin.write(data);
  const stdout = () => Buffer.concat(out);
  const closed = once(child, readsStderr ? 'close' : 'exit').then(([code, signal]) => {
    running.delete(child);
    return { code, signal, stdout: stdout(), stderr: Buffer.concat(err) } as Spoken;
  });
  const find = async <T>(what: string, check: () => T | undefined): Promise<T> => {
    for (const signal = AbortSignal.timeout(60_000); ; ) {
      const found = check();
      if (found !== undefined) return found;
      await once(child.stdout, 'data', { signal }).catch(() => {
        throw new Error(`no ${what}: ${stdout().toString().slice(-500)}\n${Buffer.concat(err).toString().slice(-500)}`);
      });
    }
  };
  return {
    child,
    stdout,
    stderr: () => Buffer.concat(err),
    write,
    closed,
    lines: (count) => find(`${count} lines`, () => (lines.length >= count ? [...lines] : undefined)),
    async ask(message) {
      let next = lines.length;
      write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
      const id = `"id":${JSON.stringify(message.id)}`;
      return find(`answer to ${message.id}`, () => {
        while (next < lines.length) {
          const line = lines[next++] as string;
          if (line.includes(id) && !line.includes('"method"')) return line;
        }
        return undefined;
      });
    },
  };
}

type Json = Record<string, unknown>;
/** `spans`: whole ones. On a busy machine any call may take so long that its start is told, which no test counts. */
export type Taken = { logs: Json[]; spans: Json[]; audits: Json[]; contents: string[]; requests: number };

const isWhole = ({ endTimeUnixNano }: Json): boolean => endTimeUnixNano !== undefined;

/** The texts of a spool folder's files; a recorder may deliver and delete any of them while they are read. */
function spoolTexts(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      try {
        return readFileSync(join(folder, name), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    });
}

/** Whether a record of the kind waits in the spool folder: A is an audit record, C a content. */
export const hasSpooled = (folder: string, kind: 'A' | 'C'): boolean => spoolTexts(folder).some((text) => text.includes(`\n${kind}`));

/** The records in a spool folder, as the recorder wrote them. */
export function spooled(folder: string): Taken {
  const taken: Taken = { logs: [], spans: [], audits: [], contents: [], requests: 0 };
  const add = (line: string) => {
    const value = JSON.parse(line.slice(1)) as Json;
    if (line[0] === 'C') taken.contents.push(String(value.text));
    else if (line[0] !== 'S' || isWhole(value)) (line[0] === 'L' ? taken.logs : line[0] === 'A' ? taken.audits : taken.spans).push(value);
  };
  for (const text of spoolTexts(folder)) for (const line of text.split('\n').slice(1, -1)) add(line);
  return taken;
}

/** How many records a recorder says that it lost, when that is all that it says. */
export function lostRecords(stderr: string): number | undefined {
  const said = /^meshscope (?:wrap|proxy): (\d+) records were lost: neither the collector nor the disk took them\n$/.exec(stderr);
  return said === null ? undefined : Number(said[1]);
}

/** The reference server `everything` by HTTP, at its URL. It ends with the test file, or when its child is killed. */
export async function everythingByHttp(kind: 'streamableHttp' | 'sse' = 'streamableHttp') {
  const port = await freePort();
  const server = talk(process.execPath, [referenceServer('everything'), kind], { env: { PORT: String(port) } });
  await eventually('the reference server', async () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ),
  );
  return { ...server, url: `http://127.0.0.1:${port}/${kind === 'sse' ? 'sse' : 'mcp'}` };
}

export type FakeCollector = Readonly<{ url: string; taken: Taken; close: () => Promise<void> }>;

/**
 * A collector that can fail: `status` says with what a request is answered (0: never). What it answers with 200 is in `taken`.
 */
export async function fakeCollector(
  status: (path: string, request: number) => number | Promise<number> = () => 200,
  port = 0,
): Promise<FakeCollector> {
  const taken: Taken = { logs: [], spans: [], audits: [], contents: [], requests: 0 };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const path = request.url ?? '';
    // Metrics come when they like; they are no records that a test counts.
    if (path === '/v1/metrics') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    const code = await status(path, taken.requests++);
    if (code === 0) return;
    if (code === 200 && path === '/v1/traces') {
      const body = JSON.parse(text) as { resourceSpans: { resource: Json; scopeSpans: { spans: Json[] }[] }[] };
      for (const { resource, scopeSpans } of body.resourceSpans)
        for (const { spans } of scopeSpans) taken.spans.push(...spans.filter(isWhole).map((span) => ({ ...span, resource })));
    } else if (code === 200 && path === '/api/audit') {
      const { records } = JSON.parse(text) as { records: Json[] };
      taken.audits.push(...records);
      return void response.writeHead(201, { 'content-type': 'application/json' }).end('{"records":[]}');
    } else if (code === 200 && path.startsWith('/api/contents/')) {
      taken.contents.push(gunzipSync(Buffer.concat(parts)).toString());
    } else if (code === 200) {
      const lines = text.trim().split('\n');
      taken.logs.push(...lines.flatMap((line, at) => (at % 2 === 1 ? [JSON.parse(line) as Json] : [])));
    }
    response.writeHead(code, { 'content-type': 'application/json' }).end(path === '/v1/traces' ? '{}' : '{"errors":false}');
  });
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function isGone(pid: number, millis: number): Promise<boolean> {
  for (const deadline = performance.now() + millis; performance.now() < deadline; await sleep(50)) {
    try {
      process.kill(pid, 0);
      // A zombie has ended; nobody has asked for its exit code yet.
      if (/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    } catch {
      return true;
    }
  }
  return false;
}
