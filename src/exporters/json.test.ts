import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../../test/harness/small-disk.ts';
import { traceFileName } from './json.ts';
import { exportBench } from './testing/export-bench.ts';
import { until } from './testing/exporter-options.ts';

const bench = exportBench();
const { arrive, start } = bench;

describe('the json exporter', () => {
  it('writes one file per trace, whatever its id, and replaces it', async () => {
    const ids = [
      '0af7651916cd43dd8448eb211c80319c',
      'abcdefgh-1',
      'abcdefgh-2',
      'ABC',
      'abc',
      '../../etc/passwd',
      '',
      'x'.repeat(5000),
      'ü/\0\n',
      'con',
    ];
    await start({ exporters: 'json' });
    arrive(...ids);
    const folder = join(bench.data, 'traces-json');
    await until(() => existsSync(folder) && readdirSync(folder).filter((name) => name.endsWith('.json')).length === ids.length);
    const read = readdirSync(folder).map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { TraceID: string }).TraceID);
    expect(read.toSorted()).toEqual(ids.toSorted());
    expect(existsSync(join(folder, 'trace-0af7651916cd43dd8448eb211c80319c.json'))).toBe(true);
    const names = ids.map(traceFileName);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);
    expect(traceFileName('0AF76519-16CD-43DD-8448-EB211C80319C')).toBe('trace-0af7651916cd43dd8448eb211c80319c.json');
  });

  it('deletes the oldest above its limits, after a restart too, and nothing that is not its own', async () => {
    const folder = join(bench.data, 'own');
    const first = await start({ exporters: 'json', jsonFolder: folder, jsonMaxFiles: 3 });
    arrive('a', 'b', 'c');
    await until(() => first.status().targets[0]?.exported === 3);
    writeFileSync(join(folder, 'trace.txt'), 'mine');
    await first.close();
    bench.running = [];
    const second = await start({ exporters: 'json', jsonFolder: folder, jsonMaxFiles: 3 });
    arrive('d');
    await until(() => second.status().targets[0]?.exported === 1);
    await until(() => !existsSync(join(folder, 'trace-a.json')));
    expect(readdirSync(folder).toSorted()).toEqual(['trace-b.json', 'trace-c.json', 'trace-d.json', 'trace.txt']);
    await second.close();
    bench.running = [];
    const size = statSync(join(folder, 'trace-d.json')).size;
    const third = await start({ exporters: 'json', jsonFolder: folder, jsonMaxBytes: size * 2 + 10 });
    arrive('e');
    await until(() => third.status().targets[0]?.exported === 1);
    await until(() => readdirSync(folder).length === 3);
    expect(readdirSync(folder).toSorted()).toEqual(['trace-d.json', 'trace-e.json', 'trace.txt']);
  });

  it('waits while its folder cannot be written, and says so', async () => {
    const folder = join(bench.data, 'blocked');
    writeFileSync(folder, 'a file is in the way');
    const exporters = await start({ exporters: 'json', jsonFolder: folder });
    arrive('a');
    await until(() => exporters.status().targets[0]?.lastError?.includes('EEXIST'));
    rmSync(folder);
    await until(() => exporters.status().targets[0]?.exported === 1);
    rmSync(folder, { recursive: true });
    arrive('b');
    await until(() => existsSync(join(folder, 'trace-b.json')));
  });

  it('waits while the disk is full, and leaves no part of a file', async () => {
    const disk = mountSmallDisk(1024 * 1024);
    if (disk === undefined) return;
    try {
      const exporters = await start({ exporters: 'json', jsonFolder: disk.folder });
      disk.fill();
      arrive('a', 'b');
      await until(() => exporters.status().targets[0]?.lastError?.includes('ENOSPC'));
      expect(readdirSync(disk.folder).filter((name) => name !== 'filler' && statSync(join(disk.folder, name)).size > 0)).toEqual([]);
      disk.clear();
      await until(() => exporters.status().targets[0]?.exported === 2);
      expect(readdirSync(disk.folder).toSorted()).toEqual(['trace-a.json', 'trace-b.json']);
    } finally {
      disk.unmount();
    }
  });
});
