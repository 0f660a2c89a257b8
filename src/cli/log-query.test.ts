import { expect, it } from 'vitest';
import { UsageError } from './command.ts';
import { fieldNames, indexPath, logQuery } from './log-query.ts';

const now = Date.parse('2026-01-02T00:00:00Z');

it.each([
  ['', {}, { match_all: {} }],
  ['  ', { kql: true }, { match_all: {} }],
  ['level:ERROR', {}, { query_string: { query: 'level:ERROR', analyze_wildcard: true, lenient: true } }],
  ['level: ERROR', { kql: true }, { kql: { query: 'level: ERROR' } }],
  ['', { since: '1h' }, { bool: { must: [{ match_all: {} }], filter: [{ range: { timestamp: { gte: '2026-01-01T23:00:00.000Z' } } }] } }],
  [
    '',
    { since: '2025-12-31', until: '2026-01-01T10:00:00+02:00' },
    {
      bool: {
        must: [{ match_all: {} }],
        filter: [{ range: { timestamp: { gte: '2025-12-31T00:00:00.000Z', lt: '2026-01-01T08:00:00.000Z' } } }],
      },
    },
  ],
])('asks %j with %j', (text, flags, expected) => {
  expect(logQuery(text, flags, now)).toEqual(expected);
});

it.each(['yesterday', '1', '', '-1h', '1 fortnight', '2026-13-01', '9999999999999d'])('refuses the time %j', (since) => {
  expect(() => logQuery('', { since }, now)).toThrow(UsageError);
});

it('writes index names into the path', () => {
  expect(indexPath('logs-*,<logs-{now/d}>,a/../b')).toBe('/elasticsearch/logs-*,%3Clogs-%7Bnow%2Fd%7D%3E,a%2F..%2Fb');
});

it('reads field names', () => {
  expect(fieldNames(' a, b.c ,')).toEqual(['a', 'b.c']);
  expect(fieldNames(undefined)).toBeUndefined();
});
