import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from '../testing/mcp-clients.ts';
import { errorAggregations, foundTrace, recordedApi, serviceMap, startMillis, traceIdOf, tracesOver } from '../testing/recorded-api.ts';

const now = startMillis + 60_000;
const itemsOf = ({ structuredContent }: ToolAnswer, name: string) =>
  (structuredContent?.[name] ?? []) as readonly Record<string, unknown>[];

describe('errors_by_agent', () => {
  it('joins log records and spans of one agent', async () => {
    const api = recordedApi();
    api.answer('/elasticsearch', () =>
      errorAggregations([
        ['timeout after 5 ms', 3, 'weather-agent'],
        ['timeout after 9 ms', 2, 'weather-agent'],
        ['no such table', 1, 'db-agent'],
      ]),
    );
    api.answer('/api/traces', tracesOver([foundTrace(1), foundTrace(2)]));
    api.answer('/api/traces/map', () =>
      serviceMap([
        ['weather-agent', 50, 6, 30],
        ['quiet-agent', 9, 0, 1],
        ['frontend', 9, 1, 2],
      ]),
    );
    const client = await memoryClient(api, { now });
    const agents = itemsOf(await client.call('errors_by_agent'), 'agents');
    expect(agents.map(({ agent, error_records, failed_calls }) => [agent, error_records, failed_calls])).toEqual([
      ['weather-agent', 5, 6],
      ['db-agent', 1, 0],
      ['frontend', 0, 1],
    ]);
    expect(agents[0]).toMatchObject({
      calls: 50,
      p95_ms: 30,
      messages: [{ message: 'timeout after 5 ms', count: 5, exception: 'TimeoutError', trace_id: traceIdOf(0) }],
      span_messages: [{ message: 'get_weather: city 1 unknown', count: 2, trace_id: traceIdOf(1) }],
    });
    expect(itemsOf(await client.call('errors_by_agent', { agent: 'frontend' }), 'agents')).toHaveLength(1);
    await client.close();
  });

  it('answers with what there is when a part fails', async () => {
    const api = recordedApi();
    api.answer('/elasticsearch', () => errorAggregations([['timeout', 3, 'weather-agent']]));
    const client = await memoryClient(api, { now });
    const answer = await client.call('errors_by_agent');
    expect(itemsOf(answer, 'agents')).toHaveLength(1);
    expect(JSON.stringify(answer.structuredContent?.left_out)).toContain('/api/traces/map does not exist');
    await client.close();
  });
});
