import { describe, expect, it } from 'vitest';
import type { ToolRow } from '../../api/tools.ts';
import { errorKindsText, parseSort, printSort, shownRows } from './tool-rows.ts';

const row = (server: string, tool: string, calls: number, errors: number, clients: readonly string[] = []): ToolRow => ({
  server,
  tool,
  calls,
  errors,
  errors_by_kind: [],
  clients,
  avg_ms: 0,
  p50_ms: 0,
  p95_ms: 0,
  p99_ms: 0,
  max_ms: 0,
  slowest_trace_id: '',
  slowest_span_id: '',
  request_bytes: null,
  response_bytes: null,
  first_seen: '',
  last_seen: '',
});

const rows = [row('files', 'read', 100, 5), row('weather', 'forecast', 10, 5, ['Claude']), row('weather', 'alert', 500, 0)];
const tools = (found: readonly ToolRow[]) => found.map(({ tool }) => tool);

describe('rows of tools', () => {
  it.each([
    ['', undefined, ['read', 'forecast', 'alert']],
    ['', '-calls', ['alert', 'read', 'forecast']],
    ['', '-failed', ['forecast', 'read', 'alert']],
    ['', 'tool', ['alert', 'forecast', 'read']],
    ['claude', undefined, ['forecast']],
    ['WEA al', undefined, ['alert']],
    ['nothing', undefined, []],
  ] as const)('with %j by %s', (text, sort, expected) => {
    expect(tools(shownRows(rows, text, sort === undefined ? undefined : parseSort(sort)))).toEqual(expected);
  });

  it.each(['calls', '-p95'])('keep the sort %s in the URL', (text) => {
    const sort = parseSort(text);
    expect(sort && printSort(sort)).toBe(text);
  });

  it.each(['', 'constructor', '-__proto__', 'nonsense'])('know no sort %j', (text) => {
    expect(parseSort(text)).toBeUndefined();
  });

  it('say how calls failed', () => {
    const kinds = [
      { kind: 'rpc_error', type: '-32602', calls: 3 },
      { kind: 'cancelled', type: '', calls: 1 },
    ];
    expect(errorKindsText({ ...row('a', 'b', 9, 4), errors_by_kind: kinds })).toBe('rpc_error -32602 3, cancelled 1');
  });
});
