import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCollector } from './collector.ts';
import { startDelivery } from './delivery.ts';
import { createSession } from './session.ts';
import { Spool } from './spool.ts';

it('has room for what says what is missing when the spool is full', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-delivery-'));
  const spool = new Spool({ folder, session: createSession('s', 'pipe'), header: '{}', maxBytes: 1000, maxFolderBytes: 1e6 });
  const delivery = startDelivery(spool, createCollector('http://127.0.0.1:9'), {
    lost: (records) => ({ log: { lost: records } }),
    skipped: (stream, bytes) => ({ log: { skipped: bytes, stream } }),
  });
  const add = (bytes: number) => {
    delivery.add([{ log: { text: 'x'.repeat(bytes) } }]);
    delivery.flush();
  };
  add(900);
  add(200);
  delivery.skip('server', 7);
  delivery.flush();
  delivery.skip('server', 8);
  delivery.skip('client', 9);
  add(300);
  expect(await delivery.close(50)).toBe(0);
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  expect(lines.filter((line) => !line.includes('x'.repeat(100)))).toEqual([
    '{}',
    'L{"lost":1}',
    'L{"lost":1}',
    'L{"skipped":15,"stream":"server"}',
    'L{"skipped":9,"stream":"client"}',
  ]);
  rmSync(folder, { recursive: true });
});
