import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentNames, serverNames } from '../../src/cli/demo/plan.ts';
import { httpClient, type McpClient } from '../../src/surfaces/mcp/testing/mcp-clients.ts';
import { bareEnvironment } from '../harness/built-server.ts';
import { isGone, temporaryFolder } from '../harness/mcp-process.ts';
import { builtCli, eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

type Demo = Readonly<{
  child: ChildProcess;
  /** Where it may leave files. */
  folder: string;
  stdout: () => string;
  stderr: () => string;
  /** The text of its screen. */
  screen: () => Promise<string>;
  code: Promise<number | null>;
}>;

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

function demo(...flags: string[]): Demo {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, [builtCli, 'demo', ...flags], { stdio: 'pipe', env: bareEnvironment({ TMPDIR: folder }) });
  running.add(child);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const code = once(child, 'close').then(([exit]) => {
    running.delete(child);
    return exit as number | null;
  });
  const screen = () => eventually('the screen', async () => (said.stdout.includes('Ctrl-C ends it.') ? said.stdout : undefined), 60_000);
  return { child, folder, stdout: () => said.stdout, stderr: () => said.stderr, screen, code };
}

/** All that a process has started, and what that has started (Linux). */
function descendants(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const below = (one: number): number[] => parents.filter(([, parent]) => parent === one).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function parentOf(pid: string): number {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    // It has ended meanwhile.
    return -1;
  }
}

type Item = Readonly<Record<string, unknown>>;
const listOf = (value: unknown): readonly Item[] => (Array.isArray(value) ? value : []);
const json = async (url: string, headers: Record<string, string> = {}) => (await (await fetch(url, { headers })).json()) as Item;

/** Waits for what only costly queries show: asked as often as usual, they would keep the demo itself from working. */
const inTime = <T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> =>
  eventually(what, async () => {
    const found = await check();
    if (found === undefined || found === false) await sleep(1000);
    return found;
  });

describe('a newcomer', () => {
  // As many as there are in sixteen seconds, of which the last eight have the incident; a slow machine takes longer.
  const calls = 170;
  let server: ServerProcess;
  let shown: Demo;
  let started: number;
  beforeAll(async () => {
    // Each handover of records costs the same, however few they are.
    server = await startServer({ flags: ['--journal.segmentMillis', '1s'] });
    started = Date.now();
    shown = demo('--url', server.url, '--calls', String(calls), '--servers', 'installed');
  });
  afterAll(() => server?.stop());

  it('sees three servers, four agents and three kinds of errors at work', async () => {
    const start = new Date(started).toISOString();
    await shown.screen();
    await inTime('what breaks', async () => {
      const answer = await json(`${server.url}/mcp-mesh-logs-*/_count?q=${encodeURIComponent('level:ERROR AND msg:exhausted')}`);
      return Number(answer.count) > 0;
    });
    await inTime('a living system', async () => {
      const tools = listOf((await json(`${server.url}/api/tools?start=${start}`)).tools);
      const servers = new Set(tools.map(({ server: name }) => name));
      const kinds = new Set(tools.flatMap((tool) => listOf(tool.errors_by_kind).map(({ kind, type }) => `${kind} ${type}`)));
      return [...serverNames, ...agentNames].every((name) => servers.has(name)) && kinds.size >= 3;
    });
  });

  it('can do what the screen says', async () => {
    const text = await shown.screen();
    expect(text).toContain(`Open ${server.url}/`);
    expect(text).toContain('everything, filesystem, memory (published, as installed here)');
    expect(text.split('\n').length).toBeLessThan(24);
    const commands = [...text.matchAll(/^ {4}meshscope (.*)$/gm)].map((match) => match[1] as string);
    expect(commands).toHaveLength(3);
    // Each of its wrappers delivers in its own time.
    const [, traceId] = /^trace (\w+)/m.exec(commands.join('\n')) as unknown as [string, string];
    await inTime('the whole trace', async () => {
      const found = await (await fetch(`${server.url}/trace/${traceId}`)).text();
      return [...agentNames, ...serverNames].every((name) => found.includes(`"${name}"`));
    });
    const outputs = await Promise.all(
      commands.map(async (command) => {
        const child = spawn('sh', ['-c', `"${process.execPath}" "${builtCli}" ${command}`], { stdio: 'pipe', env: bareEnvironment() });
        let output = '';
        child.stdout.setEncoding('utf8').on('data', (part: string) => {
          output += part;
        });
        const [code] = await once(child, 'close');
        return `${code} ${output}`;
      }),
    );
    expect(outputs[0]).toMatch(/^0 SERVER[\s\S]*trigger-long-running-operation/);
    // One trace through all agents and servers: the wrappers continue the context that the agents pass on.
    for (const name of [...agentNames, ...serverNames]) expect(outputs[1]).toContain(`  ${name}  `);
    expect(outputs[2]).toMatch(/^0 .*ERROR/);
  });

  it('sees an hour of history', async () => {
    const hourAgo = started - 3_600_000;
    await inTime('the oldest quarter', async () => {
      const [from, to] = [hourAgo, hourAgo + 900_000].map((millis) => new Date(millis).toISOString());
      return listOf((await json(`${server.url}/api/tools?start=${from}&end=${to}`)).tools).length >= 15;
    });
    const body = JSON.stringify({
      size: 0,
      query: { range: { timestamp: { gte: 'now-1h' } } },
      aggs: { minutes: { date_histogram: { field: 'timestamp', fixed_interval: '1m' } } },
    });
    const headers = { 'content-type': 'application/json' };
    const answer = (await (await fetch(`${server.url}/mcp-mesh-logs-*/_search`, { method: 'POST', headers, body })).json()) as {
      aggregations: { minutes: { buckets: { doc_count: number }[] } };
    };
    expect(answer.aggregations.minutes.buckets.filter(({ doc_count: count }) => count > 0).length).toBeGreaterThanOrEqual(59);
  });

  it('has an agent find the cause with nothing but the tools', async () => {
    const client = await httpClient('v2 modern', new URL('/mcp', server.url));
    const cause = await inTime('the cause', () => findCause(client));
    expect(cause).toEqual({
      symptom: expect.stringContaining('pool at db-primary:5432 exhausted'),
      deepest: { agent: 'report-agent', name: 'acquire connection' },
      why: expect.stringMatching(/^\d\d of 50 connections to db-primary:5432 are held by sessions that report-agent 1\.5\.0 never closed$/),
      saidBy: 'auth-agent',
      deployed: ['report-agent 1.5.0'],
      opened: 4,
      closed: 0,
      closedBefore: 1,
    });
    await client.close();
  });

  it('gets a summary after so many calls, and nothing stays behind', async () => {
    expect(await shown.code).toBe(0);
    expect(shown.stdout()).toMatch(/\n\d+ calls, \d+ errors \(.*TimeoutError \d+.*\)\n$/);
    expect(Number(/\n(\d+) calls/.exec(shown.stdout())?.[1])).toBeGreaterThanOrEqual(calls);
    expect(shown.stderr()).toBe('');
    expect(readdirSync(shown.folder)).toEqual([]);
  });
});

/** What an agent does that knows nothing: a new error of what was deployed, what was logged in its trace first, and how a good one looks. */
async function findCause(client: McpClient) {
  const ask = async (tool: string, args: Record<string, unknown>): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await client.call(tool, args);
    expect([tool, answer.isError ?? false, answer.isError ? answer.content[0]?.text : '']).toEqual([tool, false, '']);
    return answer.structuredContent ?? {};
  };
  const changed = await ask('what_changed', { since: '5m' });
  const versions = listOf(changed.new_versions).map(({ name }) => String(name));
  const deployed = versions.filter((version) => version.includes(' '));
  const symptom = listOf(changed.new_errors).find(({ agent }) => deployed.some((version) => version.startsWith(`${agent} `)));
  if (symptom === undefined) return undefined;
  const trace = await ask('show_trace', { trace_id: symptom.trace_id, logs: true });
  const deepest = listOf(trace.failures)[0];
  const warning = listOf(trace.logs).find(({ level }) => level === 'WARNING');
  const calls = (tree: unknown, name: string) => JSON.stringify(tree).split(`"tools/call ${name}"`).length - 1;
  const healthy = await ask('find_traces', { query: '{ name = "tools/call close_session" }', since: '1h', limit: 1 });
  const good = await ask('show_trace', { trace_id: listOf(healthy.traces)[0]?.trace_id });
  return {
    symptom: symptom.message,
    deepest: { agent: deepest?.agent, name: deepest?.name },
    why: warning?.msg,
    saidBy: warning?.['agent.name'],
    deployed,
    opened: calls(trace.spans, 'open_session'),
    closed: calls(trace.spans, 'close_session'),
    closedBefore: calls(good.spans, 'close_session'),
  };
}

describe('the demo', () => {
  it('starts a meshscope of its own where another program has the port, and leaves nothing behind after Ctrl-C', async () => {
    const other = createServer((_, response) => response.end('{"hello":"world"}')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const shown = demo('--port', String(port), '--servers', 'own', '--history', 'off');
    const text = await shown.screen();
    expect(text).toContain(`port ${port} belongs to another program`);
    expect(text).toContain('small ones of our own in the place of the published ones');
    const url = /Open (http:\S+)\//.exec(text)?.[1] as string;
    await inTime('calls of the stand-ins', async () => {
      const names = new Set(listOf((await json(`${url}/api/tools`)).tools).map(({ server: name }) => name));
      return serverNames.every((name) => names.has(`${name}-standin`));
    });
    const processes = descendants(shown.child.pid as number);
    // The collector; three times the wrapper, the server, and the shells that end them.
    expect(processes.length).toBeGreaterThanOrEqual(7);
    shown.child.kill('SIGINT');
    expect(await shown.code).toBe(0);
    for (const pid of processes) expect([pid, await isGone(pid, 3000)]).toEqual([pid, true]);
    expect(readdirSync(shown.folder)).toEqual([]);
    other.closeAllConnections();
    other.close();
  });

  it('keeps its data when asked to, and ends after so many seconds', async () => {
    const shown = demo('--port', '0', '--servers', 'own', '--seconds', '4', '--keep', '--history', '5m');
    expect(await shown.code).toBe(0);
    const [folder = ''] = readdirSync(shown.folder);
    expect(shown.stdout()).toContain(`${join(shown.folder, folder)} (kept)`);
    expect(shown.stdout()).toMatch(/\n\d+ calls, /);
    const server = await startServer({ data: join(shown.folder, folder, 'data') });
    expect(listOf((await json(`${server.url}/api/tools`)).tools).length).toBeGreaterThan(5);
    await server.stop();
  });

  it('leaves no process behind when it is killed', async () => {
    const shown = demo('--port', '0', '--servers', 'installed', '--history', 'off');
    await shown.screen();
    const processes = descendants(shown.child.pid as number);
    shown.child.kill('SIGKILL');
    await shown.code;
    for (const pid of processes) expect([pid, await isGone(pid, 60_000)]).toEqual([pid, true]);
  });

  it('sends to a meshscope that wants credentials, goes on when that goes away, and says what was lost', async () => {
    const server = await startServer({ flags: ['--http.username', 'ops', '--http.password', 'a:b@c/d'] });
    const user = ['--user', 'ops:a:b@c/d'];
    const shown = demo('--url', server.url, ...user, '--servers', 'own', '--history', 'off');
    const headers = { authorization: `Basic ${Buffer.from('ops:a:b@c/d').toString('base64')}` };
    await shown.screen();
    await inTime('calls of the wrapped servers and of the agents', async () => {
      const names = new Set(listOf((await json(`${server.url}/api/tools`, headers)).tools).map(({ server: name }) => name));
      return names.has('memory-standin') && names.has('planner-agent');
    });
    const refused = demo('--url', server.url, '--user', 'ops:wrong');
    expect([await refused.code, refused.stderr(), readdirSync(refused.folder)]).toEqual([
      1,
      expect.stringContaining('wants credentials'),
      [],
    ]);
    expect(shown.stderr()).toBe('');
    await server.kill();
    await sleep(2000);
    shown.child.kill('SIGINT');
    expect(await shown.code).toBe(0);
    // And of nothing else.
    expect(shown.stderr()).toMatch(/^meshscope: \d+ records of the agents did not arrive\. .*No meshscope answers at.*\n$/);
    expect(shown.stdout() + shown.stderr()).not.toContain('a:b@c');
  });

  it.each([
    [['--url', 'http://127.0.0.1:9'], 1, 'No meshscope answers at http://127.0.0.1:9: start one'],
    [['--url', 'nowhere'], 2, 'must be a URL'],
    [['--history', '25h'], 2, '--history must be off or a time up to 24h'],
    [['--history=-1h'], 2, '--history must be'],
    [['--servers', 'yours'], 2, '--servers must be one of installed, npx, own'],
    [['--seconds', '0'], 2, '--seconds must be a whole number'],
    [['more'], 2, 'Unexpected operand'],
  ])('refuses %j, and leaves no folder behind', async (flags, code, reason) => {
    const shown = demo(...flags);
    expect([await shown.code, shown.stderr().includes(reason), shown.stdout()]).toEqual([code, true, '']);
    expect(readdirSync(shown.folder)).toEqual([]);
  });

  it('names the published versions that the tests run', () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      devDependencies: Readonly<Record<string, string>>;
    };
    const source = readFileSync(join(import.meta.dirname, '../../src/cli/demo/mcp-servers.ts'), 'utf8');
    const version = /publishedVersion = '(.*)'/.exec(source)?.[1];
    for (const name of serverNames) expect(manifest.devDependencies[`@modelcontextprotocol/server-${name}`]).toBe(version);
  });
});
