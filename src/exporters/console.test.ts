import { expect, it } from 'vitest';
import { exampleSpan, exampleTrace } from '../queries/trace-forms/testing/example-trace.ts';
import { createConsoleExporter } from './console.ts';

const signal = new AbortController().signal;
const millis = (count: number) => ({
  endNanos: exampleSpan().startNanos + BigInt(count) * 1_000_000n,
  durationNanos: BigInt(count) * 1_000_000n,
});
const page = exampleTrace([
  exampleSpan({
    traceId: 'a1b2c3d4e5',
    spanId: '1',
    service: 'dependent-service',
    name: 'tool:generate_report',
    capability: 'generate_report',
    ...millis(15),
  }),
  exampleSpan({
    traceId: 'a1b2c3d4e5',
    spanId: '2',
    parentId: '1',
    service: 'fastmcp-service',
    name: 'tool:get_current_time',
    ...millis(2),
  }),
  exampleSpan({ traceId: 'a1b2c3d4e5', spanId: '3', parentId: '1', service: 'fastmcp-service', name: 'tool:validate_data', ...millis(8) }),
]);

async function print(trace: typeof page, pretty: boolean, update = false): Promise<string> {
  const parts: string[] = [];
  const exporter = createConsoleExporter({ pretty, write: async (part) => void parts.push(part) });
  await exporter.export(trace, { update, signal });
  return parts.join('');
}

it('prints what the page of MCP Mesh prints', async () => {
  expect(await print(page, true)).toBe(`🔗 TRACE a1b2c3d4 (15ms) - SUCCESS (3 spans across 2 agents)
  📍 Agent: dependent-service
    ✅ tool:generate_report [generate_report] (15ms)
  📍 Agent: fastmcp-service
    ✅ tool:get_current_time [get_current_time] (2ms)
    ✅ tool:validate_data [validate_data] (8ms)
`);
});

it('prints failures, what never ended, and updates; control characters are shown', async () => {
  const trace = exampleTrace([
    exampleSpan({ traceId: '\u001b[2J', name: 'x\ny', service: '', status: 'error', statusMessage: 'no\u0007\nline' }),
    exampleSpan({ traceId: '\u001b[2J', spanId: '2', service: '', state: 'abandoned', endNanos: undefined, durationNanos: undefined }),
  ]);
  expect(await print(trace, true, true)).toBe(`🔗 TRACE \\u001b[2J (15ms) - FAILED (2 spans across 1 agent) [updated]
  📍 Agent: (unknown)
    ❌ x\\ny [x\\ny] (15ms)
      Error: no\\u0007\\nline
    ⏳ call [call] (never ended)
`);
});

it('prints one line of JSON when it shall not be pretty', async () => {
  const text = await print(page, false);
  expect(text).toMatch(/^TRACE_JSON: \{.*\}\n$/);
  expect(JSON.parse(text.slice('TRACE_JSON: '.length))).toEqual({
    TraceID: 'a1b2c3d4e5',
    Spans: expect.arrayContaining([
      {
        TraceID: 'a1b2c3d4e5',
        SpanID: '2',
        ParentSpan: '1',
        AgentName: 'fastmcp-service',
        AgentID: '',
        IPAddress: '',
        Operation: 'tool:get_current_time',
        StartTime: '2025-11-21T04:40:00.123456789Z',
        EndTime: '2025-11-21T04:40:00.125456789Z',
        DurationMS: 2,
        Success: true,
        ErrorMessage: null,
        Capability: null,
        TargetAgent: null,
        Runtime: '',
      },
    ]),
    StartTime: '2025-11-21T04:40:00.123456789Z',
    EndTime: '2025-11-21T04:40:00.138456789Z',
    Duration: 15_000_000,
    Success: true,
    SpanCount: 3,
    AgentCount: 2,
    Agents: ['dependent-service', 'fastmcp-service'],
  });
});

it('shortens a trace of 100,000 spans', async () => {
  const spans = Array.from({ length: 100_000 }, (_, n) => exampleSpan({ spanId: `s${n}` }));
  const text = await print({ ...page, spans }, true);
  expect(text.split('\n')).toHaveLength(1004);
  expect(text).toContain('… and 99000 spans more');
});
