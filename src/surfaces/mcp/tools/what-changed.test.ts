import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from '../testing/mcp-clients.ts';
import { recordedApi, serviceMap, startMillis, traceIdOf, windowAggregations } from '../testing/recorded-api.ts';

const now = startMillis + 60_000;
const textOf = ({ content }: ToolAnswer) => content[0]?.text ?? '';

describe('what_changed', () => {
  it('compares two windows', async () => {
    const api = recordedApi();
    const boundary = '2026-01-31T11:46:00.000Z';
    const isBefore = (start: unknown) => String(start) < boundary;
    api.answer('/elasticsearch', ({ body }) => {
      const [{ range }] = (body as { query: { bool: { filter: [{ range: { timestamp: { gte: string } } }] } } }).query.bool.filter;
      return isBefore(range.timestamp.gte)
        ? windowAggregations([
            ['slow query 1', 2, 'db-agent'],
            ['old error', 5, 'gone-agent'],
          ])
        : windowAggregations(
            [
              ['slow query 2', 40, 'db-agent'],
              ['no "city" given', 7, 'weather-agent'],
            ],
            ['1.0.0', '1.1.0'],
          );
    });
    api.answer('/api/traces/map', ({ query }) =>
      isBefore(query.get('start'))
        ? serviceMap([
            ['weather-agent', 100, 0, 20],
            ['steady', 100, 1, 20],
            ['rare', 2, 0, 1],
          ])
        : serviceMap([
            ['weather-agent', 100, 30, 90],
            ['steady', 100, 2, 22],
            ['rare', 2, 2, 900],
          ]),
    );
    api.answer('/api/traces/tags', () => ({ json: { values: [{ value: '2.0', type: 'string', spans: 1 }] } }));
    const client = await memoryClient(api, { now });
    const answer = await client.call('what_changed');
    expect(answer.structuredContent).toMatchObject({
      new_errors: [{ message: 'no "city" given', count: 7, agent: 'weather-agent', count_before: 0, trace_id: traceIdOf(1) }],
      more_errors: [{ message: 'slow query 2', count: 40, count_before: 2 }],
      failing_more: [{ agent: 'weather-agent', error_rate: 0.3, error_rate_before: 0 }],
      slower: [{ agent: 'weather-agent', p95_ms: 90, p95_ms_before: 20 }],
      new_agents: [],
      silent_agents: [{ name: 'gone-agent' }],
      new_versions: [{ name: 'weather 1.1.0' }],
    });
    expect(textOf(answer)).toContain(`7 × no "city" given, from weather-agent (trace ${traceIdOf(1)}); before: 0`);
    await client.close();
  });
});
