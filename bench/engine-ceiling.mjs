// The engine's own ceiling: the server's table, statement, number of loaders and memory limit, on segments that lie ready, with
// nothing else in the process. Started once; for each line on standard input (a list of segments) it loads them and answers with
// the seconds. `node engine-ceiling.mjs <data folder>`
import { createInterface } from 'node:readline';

const [data] = process.argv.slice(2);
const { storeConfig } = await import('../build/store/config.js');
const { openEmbeddedEngine } = await import('../build/store/engine/embedded.js');
const { migrate } = await import('../build/store/migrate.js');
const { loadLogsStatement } = await import('../build/store/logs/load-statement.js');

const { memoryBytes, loaders } = storeConfig.parse({});
const engine = await openEmbeddedEngine({ folder: data, memoryBytes, loaders, readers: 1 });
await migrate(engine);

for await (const line of createInterface({ input: process.stdin })) {
  const segments = JSON.parse(line);
  const before = process.cpuUsage();
  const started = performance.now();
  await Promise.all(segments.map((segment) => engine.load(loadLogsStatement(segment))));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 })}\n`);
}
await engine.close();
