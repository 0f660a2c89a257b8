// Spans by OTLP/HTTP in protobuf, on a few connections, until they are visible.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, storedRecords } from '../server-process.mjs';
import { otlpBodies } from './otlp-bodies.mjs';

const spansPerBody = 1000;

function post(url, agent, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/v1/traces`,
      { method: 'POST', agent, headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length } },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends `spans` spans whose ids begin at `first` (both multiples of 1,000); returns spans/s until all of them can be found. */
export async function measureOtlp(server, { seed, first, spans, connections }, progress) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const started = performance.now();
  const cpu = { server: cpuSeconds(server.pid), client: cpuSeconds(process.pid) };
  const before = await storedRecords(server);
  let next = first / spansPerBody;
  let refused = 0;
  let said = started;
  const end = (first + spans) / spansPerBody;
  const bodies = Array.from({ length: connections }, () => otlpBodies(seed, spansPerBody));
  await Promise.all(
    bodies.map(async (bodyAt) => {
      while (next < end) {
        const number = next++;
        const body = bodyAt(number, Date.now());
        for (let status = await post(server.url, agent, body); status !== 200; status = await post(server.url, agent, body)) {
          if (status !== 429 && status !== 503) throw new Error(`/v1/traces answered ${status}`);
          refused++;
          await sleep(200);
        }
        if (performance.now() - said > 30_000) {
          said = performance.now();
          progress(`otlp: ${(number + 1) * spansPerBody - first} spans sent`);
        }
      }
    }),
  );
  const acknowledged = (performance.now() - started) / 1000;
  while ((await storedRecords(server)) < before + spans) await sleep(50);
  const took = (performance.now() - started) / 1000;
  agent.destroy();
  const result = {
    spans,
    refused,
    acknowledgedPerSecond: spans / acknowledged,
    perSecond: spans / took,
    serverCpuPerMillion: ((cpuSeconds(server.pid) - cpu.server) / spans) * 1e6,
    clientCpuPerMillion: ((cpuSeconds(process.pid) - cpu.client) / spans) * 1e6,
  };
  progress(
    `otlp: ${Math.round(result.perSecond)} spans/s, CPU s/M server ${result.serverCpuPerMillion.toFixed(1)} client ${result.clientCpuPerMillion.toFixed(1)}, refused ${refused}`,
  );
  return result;
}
