// Rounds of the same records, in turn: the engine alone, then client and server over HTTP. Both keep what they have loaded, so that
// both work on a table that grows. What is compared is compared inside a round, because the machine may be busy with other things.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { writeBulkFile } from './bulk-file.mjs';
import { startCeiling, writeSegments } from './ceiling-process.mjs';
import { call, cpuSeconds } from './server-process.mjs';
import { median } from './statistics.mjs';

/** About 3 MB, the size that bulk senders use. */
const recordsPerBody = 4000;

async function runClient(url, path, bodies, connections) {
  const script = fileURLToPath(new URL('send-bulk.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, url, path, String(connections)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(bodies));
  const answer = await text(child.stdout);
  if (answer === '') throw new Error('the client stopped without a result');
  return JSON.parse(answer);
}

async function loadThroughHttp(server, plan, path, bodies) {
  const before = cpuSeconds(server.pid);
  const started = performance.now();
  const client = await runClient(`${server.url}/${plan.index}/_bulk`, path, bodies, plan.connections);
  await call(server, 'POST', `/${plan.index}/_refresh`);
  const seconds = (performance.now() - started) / 1000;
  return { client, seconds, cpuSeconds: cpuSeconds(server.pid) - before };
}

export async function measureIngest(server, folder, plan, progress, { ceiling: withCeiling }) {
  const ceiling = withCeiling ? startCeiling(join(folder, 'ceiling')) : undefined;
  const path = join(folder, 'bodies');
  const rounds = [];
  let segmentId = 1;
  await call(server, 'PUT', `/${plan.index}`);
  for (let round = 0; round < plan.rounds; round++) {
    const from = Math.floor((plan.total / plan.rounds) * round);
    const to = Math.floor((plan.total / plan.rounds) * (round + 1));
    const { bodies, recordBytes } = writeBulkFile(path, { ...plan, from, to, recordsPerBody });
    const logs = to - from;
    let engine;
    if (ceiling) {
      const segments = writeSegments(folder, path, bodies, plan.index, segmentId);
      segmentId += segments.length;
      // Whose turn it is not must not merge in the meantime.
      process.kill(server.pid, 'SIGSTOP');
      try {
        engine = await ceiling.load(segments);
      } finally {
        process.kill(server.pid, 'SIGCONT');
      }
    }
    const { client, seconds, cpuSeconds: serverCpu } = await loadThroughHttp(server, plan, path, bodies);
    const result = {
      logs,
      recordBytes,
      acknowledgedPerSecond: logs / client.seconds,
      storedPerSecond: logs / seconds,
      megabytesPerSecond: recordBytes / 1e6 / seconds,
      serverCpuPerMillion: (serverCpu / logs) * 1e6,
      clientCpuPerMillion: (client.cpuSeconds / logs) * 1e6,
      ackMillisP50: client.ackMillisP50,
      refused: client.refused,
      ...(engine && {
        ceilingPerSecond: logs / engine.seconds,
        ceilingMegabytesPerSecond: recordBytes / 1e6 / engine.seconds,
        ceilingCpuPerMillion: (engine.cpuSeconds / logs) * 1e6,
        ratio: engine.seconds / seconds,
        cpuRatio: engine.cpuSeconds / (serverCpu + client.cpuSeconds),
      }),
      loadAverage: loadavg()[0],
    };
    rounds.push(result);
    progress(describe(round, result));
  }
  rmSync(path);
  await ceiling?.stop();
  const { _all } = await call(server, 'GET', `/${plan.index}/_stats/docs`);
  if (_all.primaries.docs.count !== plan.total)
    throw new Error(`${plan.total} logs were acknowledged but ${_all.primaries.docs.count} are stored`);
  const medians = Object.fromEntries(Object.keys(rounds[0]).map((name) => [name, median(rounds.map((round) => round[name]))]));
  return { rounds, median: medians };
}

function describe(
  round,
  {
    logs,
    storedPerSecond,
    megabytesPerSecond,
    serverCpuPerMillion,
    clientCpuPerMillion,
    ceilingPerSecond,
    ceilingCpuPerMillion,
    ratio,
    cpuRatio,
    refused,
    loadAverage,
  },
) {
  const thousands = (value) => `${Math.round(value / 1000)}k/s`;
  const engine =
    ratio === undefined
      ? ''
      : `, ceiling ${thousands(ceilingPerSecond)} (${ceilingCpuPerMillion.toFixed(2)} CPU s/M), ratio ${ratio.toFixed(2)}, of CPU ${cpuRatio.toFixed(2)}`;
  return `round ${round + 1}: ${logs} logs, ${thousands(storedPerSecond)} ${megabytesPerSecond.toFixed(0)} MB/s, CPU s/M server ${serverCpuPerMillion.toFixed(2)} client ${clientCpuPerMillion.toFixed(2)}${engine}, refused ${refused}, load ${loadAverage.toFixed(1)}`;
}
