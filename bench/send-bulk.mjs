// The client process of the benchmark: sends the bodies of a file on a few connections, as raw bytes, and waits for each answer.
// `node send-bulk.mjs <url> <file> <connections>`; the list of bodies comes on standard input, the result goes to standard output.
import { openSync, readSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, path, connections] = process.argv.slice(2);
const bodies = JSON.parse(await text(process.stdin));
const file = openSync(path, 'r');
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const largest = Math.max(...bodies.map(({ bytes }) => bytes));
const noErrors = Buffer.from('"errors":false');

function post(body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let start;
      response.on('data', (chunk) => (start ??= chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, ok: response.statusCode === 200 && start.subarray(0, 64).includes(noErrors), start }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

let next = 0;
let refused = 0;
const latencies = [];

async function connection() {
  const buffer = Buffer.allocUnsafe(largest);
  while (next < bodies.length) {
    const { offset, bytes } = bodies[next++];
    readSync(file, buffer, 0, bytes, offset);
    for (;;) {
      const started = performance.now();
      const { status, ok, start } = await post(buffer.subarray(0, bytes));
      latencies.push(performance.now() - started);
      if (ok) break;
      if (status !== 429) throw new Error(`the server answered ${status}: ${start?.subarray(0, 500)}`);
      refused++;
      await sleep(1000);
    }
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, connection));
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
latencies.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, refused, ackMillisP50: latencies[latencies.length >> 1] }),
);
agent.destroy();
