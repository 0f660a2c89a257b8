// Runs the published conformance suite of MCP against servers directly and through `meshscope proxy`, and with a client directly and through
// it, and compares the results check by check: `npm run conformance [-- --folder DIR]`. The suite needs Node 22 or newer; where this is an older
// one, a binary is installed beside the suite. Both go to a folder of their own and stay there for the next run.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { address, startProgram, startProxy } from './proxy.mjs';

const suite = '@modelcontextprotocol/conformance@0.1.16';
const { values } = parseArgs({ options: { folder: { type: 'string', default: join(tmpdir(), 'meshscope-conformance') } } });
const modules = join(values.folder, 'node_modules');
const isNew = Number(process.versions.node.split('.')[0]) >= 22;
const node = isNew ? process.execPath : join(modules, 'node/bin/node');
const main = join(modules, '@modelcontextprotocol/conformance/dist/index.js');

if (!existsSync(main) || !existsSync(node)) {
  mkdirSync(values.folder, { recursive: true });
  const packages = isNew ? [suite] : [suite, 'node@22'];
  execFileSync('npm', ['install', '--prefix', values.folder, '--no-audit', '--no-fund', '--no-package-lock', ...packages], {
    stdio: 'inherit',
  });
}

/** Of one run: scenario to its checks. What differs from run to run (times, ports, ids) is left out. */
async function run(kind, args, env = {}) {
  const output = mkdtempSync(join(tmpdir(), 'meshscope-conformance-results-'));
  const child = spawn(node, [main, kind, ...args, '-o', output], {
    cwd: output,
    env: { ...process.env, OWN_NODE: process.execPath, ...env },
    stdio: 'ignore',
    timeout: 120_000,
  });
  await once(child, 'exit');
  const found = readdirSync(output, { recursive: true }).filter((name) => name.endsWith('checks.json'));
  const scenarios = found.map((name) => [
    name
      .replace(/\/checks\.json$/, '')
      .replace(/^server-/, '')
      .replace(/-\d{4}-\d\d-\d\dT.*$/, ''),
    JSON.parse(readFileSync(join(output, name), 'utf8')).map(normal),
  ]);
  rmSync(output, { recursive: true, force: true });
  return new Map(scenarios.sort(([left], [right]) => left.localeCompare(right)));
}

const normal = ({ id, status, errorMessage = '' }) => ({
  id,
  status,
  errorMessage: errorMessage
    .replace(/(localhost|127\.0\.0\.1):\d+/g, 'HOST')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/\d+(\.\d+)? ?ms/g, 'TIME'),
});
const count = (checks, status) => checks.filter((check) => check.status === status).length;
const show = (checks) => (checks === undefined ? 'did not run' : `${count(checks, 'SUCCESS')} passed, ${count(checks, 'FAILURE')} failed`);

/** The proxy refuses other names and pages itself (DNS rebinding), so a server that does not gains that. */
const meantToDiffer = new Set(['dns-rebinding-protection']);

let differing = 0;
function compare(title, direct, proxied) {
  process.stdout.write(`\n${title}\n`);
  const names = [...new Set([...direct.keys(), ...proxied.keys()])];
  for (const name of names) {
    const [left, right] = [direct.get(name), proxied.get(name)];
    const same = left !== undefined && JSON.stringify(left) === JSON.stringify(right);
    const meant = !same && meantToDiffer.has(name) && proxied.get(name)?.every(({ status }) => status === 'SUCCESS');
    if (!same && !meant) differing++;
    process.stdout.write(
      `  ${same ? 'same  ' : meant ? 'meant ' : 'DIFFER'} ${name.padEnd(40)} ${show(left)}${same ? '' : ` | through the proxy: ${show(right)}`}\n`,
    );
    if (!same && !meant) process.stdout.write(`${JSON.stringify({ direct: left, proxied: right }, null, 1)}\n`);
  }
  const all = (results) => [...results.values()].flat();
  process.stdout.write(`  ${names.length} scenarios; direct ${show(all(direct))}; through the proxy ${show(all(proxied))}\n`);
  if (names.length === 0) differing++;
}

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

const port = String(await freePort());
const published = resolve(import.meta.dirname, '../../node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const servers = [
  [
    'a server with what the suite asks for',
    async () => {
      const { found, stop } = await startProgram([join(import.meta.dirname, 'everything-server.mjs')], address);
      return { url: found, stop };
    },
  ],
  [
    'the published server-everything',
    async () => {
      const { stop } = await startProgram([published, 'streamableHttp'], /listening on port/, { PORT: port });
      return { url: `http://127.0.0.1:${port}/mcp`, stop };
    },
  ],
];
for (const [title, start] of servers) {
  // Each way has a server of its own, so that neither finds what the other has left.
  const results = [];
  for (const through of [false, true]) {
    const server = await start();
    const proxy = through ? await startProxy(server.url) : undefined;
    results.push(await run('server', ['--suite', 'all', '--url', proxy?.url ?? server.url]));
    await proxy?.stop();
    await server.stop();
  }
  compare(`Server scenarios, ${title}:`, ...results);
}

const command = `${process.execPath} ${join(import.meta.dirname, 'client.mjs')}`;
const clientResults = [];
for (const env of [{}, { MESHSCOPE_PROXY: '1' }]) {
  const results = [];
  for (const name of ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'])
    results.push(...(await run('client', ['--command', command, '--scenario', name], env)));
  clientResults.push(new Map(results));
}
compare('Client scenarios:', ...clientResults);
process.stdout.write(differing === 0 ? '\nThe results are the same.\n' : `\n${differing} scenarios differ.\n`);
process.exitCode = differing === 0 ? 0 : 1;
