// `npm run bench`: drives the built server over HTTP on this machine, and the engine alone on the same records. See docs/benchmarks.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { measureMcp } from './mcp/measure-mcp.mjs';
import { measureIngest } from './measure-ingest.mjs';
import { measureQueries } from './measure-queries.mjs';
import { measureSearchable } from './measure-searchable.mjs';
import { printReport } from './print-report.mjs';
import { call, residentBytes, startServer, untilQuiet } from './server-process.mjs';
import { measureTraces } from './traces/measure-traces.mjs';
import { measurePage } from './ui/measure-page.mjs';
import { measureWaterfall } from './ui/measure-waterfall.mjs';
import { measureNewcomer } from './ui/newcomer.mjs';

const logParts = ['ingest', 'disk', 'searchable', 'query', 'page'];
/** What is measured unless it is said; a newcomer needs the network. */
const usual = [...logParts, 'waterfall', 'traces', 'mcp'];
const parts = [...usual, 'newcomer'];
const { values } = parseArgs({
  options: {
    logs: { type: 'string' },
    rounds: { type: 'string' },
    spans: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: usual.join(',') },
    shape: { type: 'string', default: 'agent' },
    connections: { type: 'string', default: '3' },
    out: { type: 'string' },
    port: { type: 'string' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`npm run bench -- [options]
  --logs N          logs to load (default 10000000; 300000 with --quick)
  --spans N         spans to store for the trace queries (default 10000000; 300000 with --quick)
  --rounds N        ceiling and end to end take turns so many times (default 5; 3 with --quick)
  --quick           a smoke test
  --only LIST       of ${parts.join(', ')} (default: all but newcomer)
  --shape NAME      agent: as AgentLogger writes them; fluentd: with what the page's Fluentd adds
  --connections N   of the client (default 3)
  --out FILE        default bench/results/<shape>-<logs>.json
  --folder DIR      where data and temporary files go (default: the system's temporary folder)
`);
  process.exit(0);
}

const logs = Number(values.logs ?? (values.quick ? 300_000 : 10_000_000));
const spans = Math.ceil(Number(values.spans ?? (values.quick ? 300_000 : 10_000_000)) / 1000) * 1000;
const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
const only = new Set(values.only.split(','));
const unknown = [...only].filter((part) => !parts.includes(part));
if (!(logs >= 1000 && spans >= 1000 && rounds >= 1) || unknown.length > 0 || !['agent', 'fluentd'].includes(values.shape)) {
  process.stderr.write(`bench: bad option, see --help (${unknown.join(', ')})\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'meshscope-bench-'));
const progress = (line) => process.stderr.write(`${line}\n`);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const plan = {
  seed: 20_260_101,
  total: logs,
  rounds,
  endMillis: Date.now(),
  shape: values.shape,
  connections: Number(values.connections),
  index: 'mcp-mesh-logs-bench',
};
const result = { at: new Date().toISOString(), machine: machine(), logs, rounds, shape: values.shape };
if (only.has('traces')) {
  const load = values.quick
    ? { backlog: 200_000, rates: [10_000], seconds: 5, openTraces: 20_000 }
    : { backlog: 3_000_000, rates: [10_000, 50_000, 100_000], seconds: 10, openTraces: 100_000 };
  result.traces = await measureTraces(folder, { spans, ...load }, progress);
}
if (only.has('waterfall'))
  result.waterfall = await withServer('waterfall', (server) => measureWaterfall(server, values.quick ? 20_000 : 100_000, progress));
if (only.has('mcp'))
  result.mcp = await measureMcp(
    folder,
    values.quick ? { starts: 5, blocks: 10, calls: 30 } : { starts: 25, blocks: 60, calls: 50 },
    progress,
  );
if (only.has('newcomer')) result.newcomer = await measureNewcomer(folder, progress);
if (logParts.some((part) => only.has(part))) await measureLogs();
result.loadAverageAfter = machine().loadAverage;

async function withServer(name, measure) {
  const server = await startServer({ data: join(folder, name) });
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

async function measureLogs() {
  const server = await startServer({ data: join(folder, 'server'), ...(values.port ? { port: Number(values.port) } : {}) });
  result.readyMillis = server.readyMillis;
  result.idleBytes = residentBytes(server.pid).now;
  try {
    // The other parts ask about what this one has loaded.
    result.ingest = await measureIngest(server, folder, plan, progress, { ceiling: only.has('ingest') });
    result.peakBytes = residentBytes(server.pid).peak;
    if (only.has('disk')) {
      progress('merging');
      await call(server, 'POST', `/${plan.index}/_forcemerge`);
      const { _all } = await call(server, 'GET', `/${plan.index}/_stats/store,docs`);
      result.disk = { bytes: _all.primaries.store.size_in_bytes, logs: _all.primaries.docs.count };
    }
    if (only.has('searchable')) result.searchable = await measureSearchable(server, plan, progress);
    result.settledSeconds = await untilQuiet(server);
    progress(`done with what came in after ${result.settledSeconds.toFixed(0)} s`);
    if (only.has('query')) result.queries = await measureQueries(server, plan, progress);
    if (only.has('page')) result.page = await measurePage(server, plan, progress);
    result.peakBytesOfAll = residentBytes(server.pid).peak;
  } finally {
    await server.stop();
  }
  result.complaints = server.complaints();
}

const out = values.out ?? join(import.meta.dirname, 'results', `${values.shape}-${logs}.json`);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
printReport(result);
process.stdout.write(`\n${out}\n`);
