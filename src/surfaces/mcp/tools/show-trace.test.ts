import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from '../testing/mcp-clients.ts';
import { hit, recordedApi, searchOver, startMillis, traceIdOf, wholeTrace } from '../testing/recorded-api.ts';

const now = startMillis + 60_000;
const textOf = ({ content }: ToolAnswer) => content[0]?.text ?? '';

describe('show_trace', () => {
  it('prints the tree with durations and errors, and the records of failures first', async () => {
    const api = recordedApi();
    api.answer('/api/traces/', () => ({ json: wholeTrace(4) }));
    api.answer('/elasticsearch', searchOver([hit(0)]));
    const client = await memoryClient(api, { now });
    const answer = await client.call('show_trace', { trace_id: traceIdOf(7), logs: true });
    expect(textOf(answer)).toBe(
      [
        `Trace ${traceIdOf(7)}`,
        '2026-01-31T12:00:00.000Z  100ms  FAILED  complete  4 spans  1 failed span',
        '',
        'Failures, the deepest first:',
        '✗ query-2  weather-agent  98ms  +2ms  error: no "city" given',
        '',
        'Spans:',
        '✓ query-0  frontend  100ms  +0',
        '  ✓ query-1  weather-agent  99ms  +1ms',
        '    ✗ query-2  weather-agent  98ms  +2ms  error: no "city" given',
        '      ✓ query-3  weather-agent  97ms  +3ms',
        '',
        'Log records:',
        ...[0, 0].map(() => `2026-01-31T12:00:00.000Z  ERROR  weather-agent  record 0  trace=${traceIdOf(0)}`),
        '',
        `http://127.0.0.1:8000/api/traces/${traceIdOf(7)}`,
      ].join('\n'),
    );
    await client.close();
  });

  it('says how to get at a giant', async () => {
    const api = recordedApi();
    api.answer('/api/traces/', () => ({ text: `{"spans":["${'x'.repeat(33 * 1024 ** 2)}"]}` }));
    const client = await memoryClient(api, { now });
    const answer = await client.call('show_trace', { trace_id: 'giant' });
    expect([answer.isError, textOf(answer)]).toEqual([
      true,
      'The trace is too large to be shown. find_traces with { trace:id = "giant" && status = error } | select(statusMessage) gives its failures, search_logs with trace.trace_id its records.',
    ]);
    await client.close();
  });
});
