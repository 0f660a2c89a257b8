import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { compareWindows, findChanges } from './changes.ts';
import type { ErrorMessage } from './error-messages.ts';
import { findVersionChanges } from './version-changes.ts';
import { type ServiceNumbers, summariseWindow, type WindowSummary } from './window-summary.ts';

const message = (pattern: string, count: number): ErrorMessage => ({
  message: pattern,
  pattern,
  count,
  agent: 'a',
  exception: '',
  traceId: '',
  firstMillis: undefined,
  lastMillis: undefined,
});

const numbers = (calls: number, errors: number, p95: number): ServiceNumbers => ({ calls, errors, p50: p95 / 2, p95 });

const summary = (members: Partial<WindowSummary>): WindowSummary => ({
  errors: { messages: [], others: 0 },
  errorRecords: 0,
  numbers: new Map(),
  agents: new Set(),
  versions: [],
  missing: [],
  ...members,
});

describe('two windows', () => {
  it('differ in errors: new ones first, then those that became frequent', () => {
    const { errors } = compareWindows(
      summary({ errors: { messages: [message('known', 50), message('more', 30), message('rare', 12), message('new', 1)], others: 2 } }),
      summary({ errors: { messages: [message('known', 40), message('more', 10), message('rare', 3), message('gone', 9)], others: 1 } }),
    );
    expect(errors.map(({ pattern, change, countBefore }) => [pattern, change, countBefore])).toEqual([
      ['new', 'new', 0],
      ['more', 'more', 10],
      ['known', 'known', 40],
      ['rare', 'known', 3],
    ]);
  });

  it('differ in speed and failures, of agents that were called often enough', () => {
    const found = compareWindows(
      summary({
        numbers: new Map([
          ['slow', numbers(100, 0, 31)],
          ['failing', numbers(100, 6, 10)],
          ['rare', numbers(4, 4, 9000)],
          ['a bit', numbers(100, 1, 14)],
          ['tiny', numbers(100, 0, 4)],
        ]),
      }),
      summary({
        numbers: new Map([
          ['slow', numbers(100, 0, 20)],
          ['failing', numbers(100, 1, 10)],
          ['rare', numbers(4, 0, 1)],
          ['a bit', numbers(100, 0, 10)],
          ['tiny', numbers(100, 0, 1)],
        ]),
      }),
    );
    expect(found.slower.map(({ agent }) => agent)).toEqual(['slow']);
    expect(found.failingMore.map(({ agent }) => agent)).toEqual(['failing']);
  });

  it('differ in agents and versions', () => {
    const seen = (service: string, version: string, firstMillis: number) => ({ service, version, firstMillis });
    const found = compareWindows(
      summary({ agents: new Set(['a', 'new', '']), versions: [seen('a', '1', 10), seen('a', '2', 20), seen('new', '1', 30)] }),
      summary({ agents: new Set(['a', 'silent']), versions: [seen('a', '1', 1)] }),
    );
    expect([found.newAgents, found.silentAgents]).toEqual([['new'], ['silent']]);
    expect(found.newVersions).toEqual([{ ...seen('a', '2', 20), before: ['1'] }]);
  });
});

const refused = () => Promise.reject(new AppError('query_too_expensive', 'It took too long.'));
const emptySearch = async () => JSON.stringify({ aggregations: { errors: { doc_count: 0 }, agents: {}, services: {} } });

describe('the summary of a window', () => {
  it('names what alone could not be read', async () => {
    const ports = { search: emptySearch, map: refused, versions: refused };
    const found = await summariseWindow(ports, { fromMillis: 0, toMillis: 1000 });
    expect(found.missing).toEqual(['Calls: It took too long.', 'Versions in spans: It took too long.']);
  });

  it('cannot be made of nothing', async () => {
    const ports = { search: refused, map: refused, versions: async () => [] };
    await expect(findChanges(ports, { fromMillis: 0, toMillis: 1000 })).rejects.toThrow('It took too long.');
  });

  it('asks about stretches of the same length', async () => {
    const asked: string[] = [];
    const ports = {
      search: emptySearch,
      map: async ({ from, to }: { from: bigint | undefined; to: bigint | undefined }) => {
        asked.push(`${from} ${to}`);
        return { nodes: [], edges: [] };
      },
      versions: async () => [
        { service: 'a', version: '1', firstMillis: 5 },
        { service: 'a', version: '1', firstMillis: 3 },
      ],
    };
    const found = await findChanges(ports, { fromMillis: 5000, toMillis: 8000 });
    expect(found.before).toEqual({ fromMillis: 2000, toMillis: 5000 });
    expect(asked).toEqual(['5000000000 7999999999', '2000000000 4999999999']);
    expect((await summariseWindow(ports, { fromMillis: 0, toMillis: 9 })).versions).toEqual([
      { service: 'a', version: '1', firstMillis: 3 },
    ]);
  });
});

describe('the time before', () => {
  it.each([
    [
      { fromMillis: 5000, toMillis: 8000 },
      { fromMillis: 2000, toMillis: 5000 },
    ],
    [
      { fromMillis: 0, toMillis: 9 },
      { fromMillis: 0, toMillis: 0 },
    ],
    [
      { fromMillis: -50, toMillis: 9 },
      { fromMillis: -50, toMillis: -50 },
    ],
  ])('of %j is %j, and never ends before it begins', async (window, before) => {
    const ports = { search: emptySearch, map: refused, versions: refused };
    expect((await findChanges(ports, window)).before).toEqual(before);
  });
});

describe('versions within a window', () => {
  const bucket = (service: string, versions: Readonly<Record<string, number>>) => ({
    key: service,
    versions: { buckets: Object.entries(versions).map(([key, value]) => ({ key, first: { value } })) },
  });
  const logs = async () =>
    JSON.stringify({ aggregations: { services: { buckets: [bucket('a', { '1': 10, '3': 90 }), bucket('b', { '1': 5 })] } } });
  const spans = async () => [
    { service: 'a', version: '2', firstMillis: 50 },
    { service: 'a', version: '3', firstMillis: 80 },
    { service: 'b', version: '', firstMillis: 70 },
  ];
  const window = { fromMillis: 0, toMillis: 100 };

  it('are told apart by when logs or spans first name them', async () => {
    expect(await findVersionChanges({ search: logs, versions: spans }, window)).toEqual({
      changes: [
        { service: 'a', before: '1', version: '2', firstMillis: 50 },
        { service: 'a', before: '2', version: '3', firstMillis: 80 },
      ],
      missing: [],
    });
  });

  it('are those of logs when spans cannot be read, and none of nothing', async () => {
    const found = await findVersionChanges({ search: logs, versions: refused }, window);
    expect(found.changes).toEqual([{ service: 'a', before: '1', version: '3', firstMillis: 90 }]);
    expect(found.missing).toEqual(['Versions in spans: It took too long.']);
    await expect(findVersionChanges({ search: refused, versions: refused }, window)).rejects.toThrow('It took too long.');
  });
});
