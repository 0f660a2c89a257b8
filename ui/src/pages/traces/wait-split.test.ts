import { describe, expect, it } from 'vitest';
import { tableOf } from './testing/outline-of.ts';
import { waitKinds, waitOrder, waitSplit } from './wait-split.ts';

const lines = [
  'root 0-100 - tool',
  'call 10-90 root tool',
  'sql 20-30 call',
  'pool 30-50 call queue',
  'chat 50-80 call model',
  'http 55-75 chat',
];
const path = (...parts: readonly (readonly [number, number, number])[]) => ({
  at: parts.map(([at]) => at),
  start: parts.map(([, start]) => start * 1000),
  end: parts.map(([, , end]) => end * 1000),
  waiting: [],
});

describe('waitKinds', () => {
  it('gives work the kind of what it is done for; what the trace is about is own work', () => {
    const table = tableOf(lines);
    expect([...waitKinds(table)].map((kind) => waitOrder[kind])).toEqual(['own', 'tool', 'tool', 'queue', 'model', 'model']);
  });

  it('takes the asking side of a call for a call', () => {
    const table = tableOf(['root 0-9 - tool']);
    const asking = { ...table, operation: table.operation.map((operation) => ({ ...operation, kind: 'client' })) };
    expect(waitOrder[waitKinds(asking)[0] as number]).toBe('tool');
  });
});

describe('waitSplit', () => {
  const parts = path([0, 0, 10], [1, 10, 20], [2, 20, 30], [3, 30, 50], [4, 50, 55], [5, 55, 75], [4, 75, 80], [1, 80, 90], [0, 90, 100]);

  it('adds up to the path', () => {
    const table = tableOf(lines, { critical_path: parts });
    expect(waitSplit(table, waitKinds(table))).toEqual({ own: 20e3, tool: 30e3, model: 30e3, queue: 20e3, human: 0 });
  });

  it('takes the time of people from the span that asked, once', () => {
    const table = tableOf(lines, { critical_path: parts, human: [{ at: 1, nanos: 15e3 }] });
    expect(waitSplit(table, waitKinds(table))).toMatchObject({ tool: 15e3, human: 15e3 });
    const longer = tableOf(lines, { critical_path: parts, human: [{ at: 1, nanos: 1e9 }] });
    expect(waitSplit(longer, waitKinds(longer))).toMatchObject({ tool: 10e3, human: 20e3 });
  });

  it('counts gaps as queues', () => {
    const table = tableOf(['a 0-10 -', 'b 20-30 a'], {
      critical_path: { at: [0, 0, 1, -1], start: [0, 10e3, 20e3, 30e3], end: [10e3, 20e3, 30e3, 31e3], waiting: [1] },
    });
    expect(waitSplit(table, waitKinds(table))).toEqual({ own: 20e3, tool: 0, model: 0, queue: 11e3, human: 0 });
  });
});
