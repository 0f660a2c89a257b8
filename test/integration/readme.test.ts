import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, type RunningServer, startServer } from '../harness/built-server.ts';

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/meshscope.cjs');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The fenced `sh` blocks, in order, each cut into its commands: a line that starts with white space belongs to the one before. */
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => (match[1] as string).trimEnd().split(/\n(?! )/));

/** `.ci/run` runs this one in a fresh copy; here the server runs already. */
const startCommand = 'npm ci && npm start';

/** What each command must print, by a piece of the command. A command without a row must only succeed. */
const expected: readonly (readonly [command: string, output: RegExp])[] = [
  ['/_doc', /"result":"created"/],
  ["search 'level:ERROR", /ERROR weather-agent Timeout while calling the forecast API/],
  ['search --kql', /^\{"timestamp":"[^"]+","level":"ERROR",.*"trace_id":"abc123"\}\}\n$/],
  ['_search?q=', /"name" : "weather-agent"/],
  ['"aggs"', /"key" : "weather-agent",\s+"doc_count" : 1\b/],
  ['--help', /Usage: meshscope COMMAND/],
  ['meshscope ingest', /^$/],
  ['meshscope loadtest', /Every acknowledged record was found once\./],
  ['meshscope doctor', /ok {4}engine/],
  ['meshscope config', /http\.port/],
];

describe('the README', () => {
  let folder: string;
  let server: RunningServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshscope-readme-'));
    server = await startServer(process.execPath, [main, 'up'], { cwd: folder, data: join(folder, 'meshscope-data') });
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts with the two commands', () => {
    expect(blocks[0]).toEqual([startCommand]);
  });

  it('has commands that do what it says, one after another', async () => {
    const commands = blocks.slice(1).flat();
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) {
      const here = command
        .replaceAll('127.0.0.1:8000', `127.0.0.1:${server.port}`)
        .replaceAll('npx meshscope', `'${process.execPath}' '${main}'`);
      const env = bareEnvironment({
        MESHSCOPE_URL: server.url,
        MESHSCOPE_HTTP_PORT: String(server.port),
        MESHSCOPE_CONVENTIONAL_PORTS: 'off',
      });
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], { cwd: folder, env, timeout: 50_000 });
      const output = expected.find(([piece]) => command.includes(piece))?.[1] ?? /(?:)/;
      expect(stdout, command).toMatch(output);
    }
    const exported = readFileSync(join(folder, 'logs.ndjson'), 'utf8').trim().split('\n');
    expect(exported.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['ERROR', 'WARNING']);
  });
});
