import { describe, expect, it } from 'vitest';
import type { Changes } from '../../api/changes.ts';
import { changeLines } from './change-lines.ts';

const nothing: Changes = {
  before: { start: '', end: '' },
  calls: 0,
  calls_before: 0,
  error_records: 0,
  error_records_before: 0,
  errors: [],
  errors_total: 0,
  failing_more: [],
  slower: [],
  new_agents: [],
  silent_agents: [],
  new_versions: [],
  not_compared: 0,
  missing: [],
};

const numbers = { agent: 'report', calls: 9, calls_before: 9, p95_ms: 300, p95_ms_before: 100, error_rate: 0.3, error_rate_before: 0 };
const version = { service: 'report', version: '1.5.0', before: ['1.4.1'], first: '2026-01-31T12:04:00.000Z' };

describe('lines of what changed', () => {
  it('are none when nothing did', () => {
    expect(changeLines(nothing)).toEqual([]);
  });

  it('say in one line what an agent does worse, and that its version is new', () => {
    const lines = changeLines({
      ...nothing,
      slower: [numbers],
      failing_more: [numbers],
      new_versions: [version, { ...version, service: 'other' }],
      silent_agents: ['gone'],
      new_agents: ['come'],
    });
    expect(lines.map(({ agent, text, kind }) => [kind, agent, text])).toEqual([
      ['bad', 'report', 'failed 0 % → 30 %, p95 ×3 (100 ms → 300 ms), version 1.4.1 → 1.5.0'],
      ['note', 'other', 'version 1.4.1 → 1.5.0'],
      ['note', 'gone', 'sent nothing in this time, but did before'],
      ['note', 'come', 'is new'],
    ]);
    expect(lines[0]?.whenMillis).toBe(Date.parse(version.first));
  });
});
