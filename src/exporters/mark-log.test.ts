import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../../test/harness/small-disk.ts';
import { exportBench } from './testing/export-bench.ts';
import { pause, until } from './testing/exporter-options.ts';

const bench = exportBench();
const { arrive, start } = bench;

describe('the queue', () => {
  it('does not keep meshscope from starting when its disk is full', async () => {
    bench.data = join(bench.data, 'disk');
    mkdirSync(bench.data);
    const disk = mountSmallDisk(1024 * 1024, bench.data);
    if (disk === undefined) return;
    disk.fill();
    const lines: string[] = [];
    const exporters = await start({}, { write: async (text) => void lines.push(text) });
    arrive('a');
    await until(() => bench.logged.some((line) => line.includes('ENOSPC')));
    disk.clear();
    await until(() => lines.length === 1);
    await exporters.close();
    bench.running = [];
    disk.unmount();
  });

  it('waits while its own disk is full, and loses nothing', async () => {
    bench.data = join(bench.data, 'disk');
    mkdirSync(bench.data);
    const disk = mountSmallDisk(1024 * 1024, bench.data);
    if (disk === undefined) return;
    const lines: string[] = [];
    const exporters = await start({}, { write: async (text) => void lines.push(text) });
    arrive('a');
    await until(() => lines.length === 1);
    disk.fill();
    for (let round = 0; round < 20; round++) {
      arrive(...Array.from({ length: 100 }, (_, n) => `full-${round}-${n}`));
      await pause(10);
    }
    await until(() => bench.logged.some((line) => line.includes('ENOSPC')));
    disk.clear();
    await until(() => lines.length === 2001);
    await pause(100);
    expect(lines).toHaveLength(2001);
    await exporters.close();
    bench.running = [];
    disk.unmount();
  });

  it('cuts off a torn line and goes on', async () => {
    const lines: string[] = [];
    const write = async (text: string) => void lines.push(text);
    const first = await start({}, { write });
    arrive('a');
    await until(() => lines.length === 1);
    await first.close();
    bench.running = [];
    const [name] = readdirSync(join(bench.data, 'exports')).filter((one) => one.startsWith('marks-'));
    const file = join(bench.data, 'exports', name as string);
    writeFileSync(file, `${readFileSync(file, 'utf8')}00000000 {"first":9999,"cur`);
    writeFileSync(
      join(bench.data, 'exports', 'position-console'),
      Buffer.concat([readFileSync(join(bench.data, 'exports', 'position-console')).subarray(0, 40), Buffer.alloc(30)]),
    );
    arrive('b');
    await start({}, { write });
    await until(() => lines.some((line) => line.includes('TRACE b ')));
    await pause(100);
    expect(lines.filter((line) => line.includes('TRACE b '))).toHaveLength(1);
  });
});
