// How long after its acknowledgement a record is found: one record at a time, with a request id of its own, asked for until it counts.
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './server-process.mjs';
import { quantile } from './statistics.mjs';

const records = 60;
const giveUpMillis = 30_000;

async function measureOne(server, index, id) {
  const record = { timestamp: new Date().toISOString(), level: 'INFO', msg: 'Searchable yet?', request_id: id };
  const answer = await fetch(`${server.url}/_bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify({ create: { _index: index } })}\n${JSON.stringify(record)}\n`,
  });
  const { errors } = await answer.json();
  if (errors !== false) throw new Error('the record was refused');
  const acknowledged = performance.now();
  for (;;) {
    const { count } = await call(server, 'POST', `/${index}/_count`, { query: { term: { request_id: id } } });
    const millis = performance.now() - acknowledged;
    if (count === 1) return millis;
    if (millis > giveUpMillis) throw new Error(`${id} is not found after ${giveUpMillis} ms`);
    await sleep(5);
  }
}

export async function measureSearchable(server, plan, progress) {
  const millis = [];
  for (let record = 0; record < records; record++) {
    millis.push(await measureOne(server, 'mcp-mesh-logs-searchable', `searchable-${plan.endMillis}-${record}`));
    // So that the age of the segment, which starts with its first record, is different each time.
    await sleep((record * 37) % 250);
  }
  const result = { records, p50: quantile(millis, 0.5), p99: quantile(millis, 0.99) };
  progress(`searchable after ${result.p50.toFixed(0)} ms (p50), ${result.p99.toFixed(0)} ms (p99)`);
  return result;
}
